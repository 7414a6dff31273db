// Every event writes a canary over everything it has, and looks for those of others: memories,
// memory that it adds, table and globals are as its component says, however often their slots were
// used before and by whom.
#include "base/random.hpp"
#include "calls.hpp"
#include "canary.hpp"
#include "measure.hpp"
#include "progress.hpp"
#include "proof.hpp"
#include "soak_engine.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <memory>
#include <mutex>
#include <semaphore>
#include <set>

namespace hermes::soak {

namespace {

// Fewer slots than components: each slot goes from one to the other all the time.
constexpr std::uint32_t kInstances = 3;
constexpr std::ptrdiff_t kUnderWay = 64;

// More and less than what a slot keeps resident (512 KiB), and with more pages after less.
constexpr auto kCanaries = std::to_array<Canary>({
    {.pages = 1, .more_pages = 1, .added_pages = 0, .elements = 16},
    {.pages = 2, .more_pages = 1, .added_pages = 1, .elements = 10},
    {.pages = 1, .more_pages = 2, .added_pages = 0, .elements = 1000},
    {.pages = 10, .more_pages = 1, .added_pages = 0, .elements = 64},
    {.pages = 4, .more_pages = 3, .added_pages = 2, .elements = 8000},
    {.pages = 1, .more_pages = 1, .added_pages = 8, .elements = 32},
    {.pages = 3, .more_pages = 1, .added_pages = 0, .elements = 100},
    {.pages = 12, .more_pages = 2, .added_pages = 4, .elements = 500},
});
// How often each comes, of 100: the large ones take the most time.
constexpr std::array<std::uint64_t, kCanaries.size()> kShares{22, 18, 18, 8, 5, 12, 14, 3};

std::size_t choose(SeededRandom& random) {
  std::uint64_t left = random.below(100);
  for (std::size_t i = 0; i < kShares.size(); ++i) {
    if (left < kShares[i]) return i;
    left -= kShares[i];
  }
  return 0;
}

struct Seen {
  std::mutex mutex;
  std::set<std::string> found;
  std::atomic<std::uint64_t> fresh{0};
  std::atomic<std::uint64_t> stale{0};
  std::atomic<std::uint64_t> failed{0};
  std::counting_semaphore<kUnderWay> room{kUnderWay};

  void note(const std::string& text) {
    const std::lock_guard lock(mutex);
    if (found.size() < 10) found.insert(text);
  }
  void ended(std::size_t application, const ext::integration_test::CaseResult& result) {
    if (result.outcome != event::Outcome::kCompleted) {
      ++failed;
      note(fmt::format("application {} failed: {}", application, result.failure.message));
    } else if (result.result) {
      ++stale;
      note(fmt::format("application {} found {}", application, result.result->name));
    } else {
      ++fresh;
    }
    room.release();
  }
};

}  // namespace

void prove_freshness(const Options& options, Report& report) {
  const std::uint64_t events = options.size_or(1'000'000, 20'000);
  engine::Config config;
  config.workers = std::max<std::size_t>(options.workers, kInstances);
  config.wasm.max_instances = kInstances;
  // No more slots than these components need: sixteen memories of components share six.
  config.wasm.max_memories_per_component = 2;
  config.wasm.max_tables_per_component = 1;
  config.queue.max_running = kInstances;
  const auto soak = must(SoakEngine::start(config));
  std::vector<std::shared_ptr<app::Application>> applications;
  for (std::size_t i = 0; i < kCanaries.size(); ++i) {
    const std::string name = fmt::format("canary-{}", i);
    applications.push_back(must(soak->start_application(
        name, {must(load_canary(*soak, name, kCanaries[i], i))}, config.application)));
  }
  report.set_size(fmt::format("{} events", events));
  const event::EventKind kind = soak->kind("test");

  Seen seen;
  SeededRandom random(options.seed);
  Progress progress("events", events);
  std::uint64_t pushed = 0;
  for (; pushed < events; ++pushed) {
    const std::size_t application = choose(random);
    seen.room.acquire();
    const auto accepted = applications[application]->queue().push(
        {.payload =
             make_case(kind, static_cast<std::uint32_t>(pushed), true,
                       [&seen, application](const ext::integration_test::CaseResult& result) {
                         seen.ended(application, result);
                       })});
    if (!accepted) {
      report.expect(false, "an event was refused: " + accepted.error().message());
      break;
    }
    progress.at(pushed);
  }
  for (const auto& application : applications) {
    report.expect(soak->stop_application(application), "events were left when it was stopped");
  }
  const double slots = soak->metric("hermes_pool_slots{resource=\"memory\"}");
  report.expect(seen.fresh == pushed,
                fmt::format("{} events began fresh of {}; {} did not, {} failed", seen.fresh.load(),
                            pushed, seen.stale.load(), seen.failed.load()));
  for (const std::string& text : seen.found) report.expect(false, text);
  report.expect(soak->in_use().empty(), "still in use: " + soak->in_use());
  report.see("fresh", std::to_string(seen.fresh.load()));
  report.see("stale", std::to_string(seen.stale.load()));
  report.see("components", std::to_string(kCanaries.size()));
  report.see("memory slots", fmt::format("{:.0f}", slots));
  report.see("uses of each slot", fmt::format("{:.0f}", 2 * static_cast<double>(pushed) / slots));
  report.see("workers", std::to_string(config.workers));
}

}  // namespace hermes::soak

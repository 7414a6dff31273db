// One of a hundred events traps: the others complete, in order, and everything is counted.
#include "base/random.hpp"
#include "calls.hpp"
#include "measure.hpp"
#include "progress.hpp"
#include "proof.hpp"
#include "soak_engine.hpp"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <memory>
#include <semaphore>

namespace hermes::soak {

namespace {

constexpr std::size_t kSources = 64;
constexpr std::ptrdiff_t kUnderWay = 2048;
constexpr std::uint64_t kTrapsPerHundred = 1;

struct Seen {
  std::array<std::atomic<std::uint64_t>, kSources> next{};
  std::atomic<std::uint64_t> completed{0};
  std::atomic<std::uint64_t> trapped{0};
  std::atomic<std::uint64_t> wrong{0};
  std::atomic<std::uint64_t> out_of_order{0};
  std::counting_semaphore<kUnderWay> room{kUnderWay};

  void ended(std::size_t source, std::uint64_t number, bool traps, const Ended& end) {
    // One at a time for each source: nobody else writes `next`.
    if (next[source].exchange(number + 1) != number) ++out_of_order;
    if (end.outcome == event::Outcome::kCompleted) {
      ++completed;
      if (traps || !end.answer) ++wrong;
    } else {
      ++trapped;
      if (!traps || end.outcome != event::Outcome::kTrapped) ++wrong;
    }
    room.release();
  }
};

void expect_counts(Report& report, const std::string& who, const event::OutcomeCounts& counts,
                   std::uint64_t completed, std::uint64_t trapped) {
  report.expect(counts[event::Outcome::kCompleted] == completed &&
                    counts[event::Outcome::kTrapped] == trapped &&
                    counts.total() == completed + trapped,
                fmt::format("{} counts {} completed, {} trapped, {} in all instead of {} and {}",
                            who, counts[event::Outcome::kCompleted],
                            counts[event::Outcome::kTrapped], counts.total(), completed, trapped));
}

}  // namespace

void prove_traps(const Options& options, Report& report) {
  const std::uint64_t events = options.size_or(1'000'000, 20'000);
  report.set_size(fmt::format("{} events", events));
  engine::Config config;
  config.workers = options.workers;
  const auto soak = must(SoakEngine::start(config));
  const auto application = must(soak->start_application(
      "shop", {must(soak->soak_guest("one-percent", "one-percent"))}, config.application));
  const event::EventKind kind = soak->kind("on-cron");

  Seen seen;
  SeededRandom random(options.seed);
  std::array<std::uint64_t, kSources> numbers{};
  std::uint64_t traps = 0;
  Progress progress("events", events);
  MemoryWatch memory;
  for (std::uint64_t i = 0; i < events; ++i) {
    const std::size_t source = random.below(kSources);
    const bool trap = random.chance(kTrapsPerHundred, 100);
    traps += trap ? 1 : 0;
    seen.room.acquire();
    const auto pushed = application->queue().push(
        {.payload = event::make_payload<TickEvent>(
             kind, trap,
             [&seen, source, number = numbers[source]++, trap](const Ended& end) {
               seen.ended(source, number, trap, end);
             }),
         .source = application->source(kind, "source " + std::to_string(source))});
    if (!pushed) {
      report.expect(false, "an event was refused: " + pushed.error().message());
      break;
    }
    progress.at(i);
    if (i % std::max<std::uint64_t>(events / 200, 1) == 0) memory.sample();
  }
  report.expect(soak->stop_application(application), "events were left when it was stopped");

  const std::uint64_t completed = events - traps;
  report.expect(
      seen.completed == completed && seen.trapped == traps,
      fmt::format("{} completed and {} trapped", seen.completed.load(), seen.trapped.load()));
  report.expect(seen.wrong == 0,
                fmt::format("{} events ended in another way than theirs", seen.wrong.load()));
  report.expect(seen.out_of_order == 0,
                fmt::format("{} events were out of order", seen.out_of_order.load()));
  expect_counts(report, "the queue", application->queue().stats().outcomes, completed, traps);
  const auto snapshot = application->event_counters().snapshot();
  expect_counts(report, "the application", snapshot.events(kind).outcomes, completed, traps);
  expect_counts(report, "the module", snapshot.calls(0, kind).outcomes, completed, traps);
  expect_counts(report, "the engine", soak->engine().event_log().calls(), completed, traps);
  report.expect(soak->log_lines() >= traps, "traps are missing in the log");
  report.expect(soak->in_use().empty(), "still in use: " + soak->in_use());
  const auto verdict = memory.verdict();
  report.expect(verdict.flat(), "memory grows: " + verdict.text());
  report.see("completed", std::to_string(seen.completed.load()));
  report.see("trapped", std::to_string(seen.trapped.load()));
  report.see("out of order", std::to_string(seen.out_of_order.load()));
  report.see("memory", verdict.text());
}

}  // namespace hermes::soak

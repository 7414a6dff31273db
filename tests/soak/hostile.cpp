// Hostile components of every kind, round after round, beside an application that behaves.
#include "calls.hpp"
#include "canary.hpp"
#include "hostile_kinds.hpp"
#include "measure.hpp"
#include "neighbour.hpp"
#include "progress.hpp"
#include "proof.hpp"
#include "soak_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <semaphore>
#include <thread>

namespace hermes::soak {

namespace {

using namespace std::chrono_literals;
using event::Outcome;
using ext::integration_test::CaseResult;

constexpr std::uint32_t kInstances = 8;
constexpr std::size_t kWarmUpCycles = 4;
/// Rounds under way at the same time, where it is as many as possible.
constexpr std::size_t kUnderWay = 4;
constexpr std::uint64_t kMaxMemoryBytes = std::uint64_t{32} << 20;
/// For what does not end by itself; everything else has all the time it needs.
constexpr Duration kShortDeadline = 20ms;
constexpr Duration kLongDeadline = 60s;

/// Runs rounds, from any thread, and notes which did not end as they have to.
class Attacker {
 public:
  Attacker(SoakEngine& soak, const app::ApplicationBounds& bounds)
      : soak_(soak), bounds_(bounds), case_kind_(soak.kind("test")), tick_(soak.kind("on-cron")) {
    std::map<std::string, Component, std::less<>> guests;
    for (const HostileKind& kind : hostile_kinds()) {
      const std::string guest(kind.guest);
      if (kind.attack == Attack::kLoad) {
        sources_.emplace(guest, must(SoakEngine::make_guest(guest, guest)));
        continue;
      }
      if (guests_.contains(guest)) continue;
      guests_[guest] = must(kind.origin == Origin::kSoak ? soak.soak_guest(guest, guest)
                                                         : soak.test_guest(guest));
      if (kind.attack != Attack::kStart) guests[guest] = guests_[guest];
    }
    std::vector<Component> components;
    for (const auto& [name, component] : guests) components.push_back(component);
    application_ = must(soak.start_application("hostile", components, bounds));
    for (const auto& module : application_->modules()) modules_[module->name()] = module.get();
  }

  void run(std::uint64_t round) {
    const auto kinds = hostile_kinds();
    const HostileKind& kind = kinds[round % kinds.size()];
    switch (kind.attack) {
      case Attack::kCase:
      case Attack::kTick:
        return call(kind);
      case Attack::kStart:
        return start(kind, round);
      case Attack::kLoad: {
        const auto loaded = soak_.link(sources_.find(kind.guest)->second);
        return judge(kind, !loaded, "it was loaded", loaded ? "" : loaded.error().message);
      }
    }
  }

  /// As many instances as the application may have, each with as many memories as it may have, held
  /// at the same time: there is room for all, and for others.
  void hoard() {
    std::counting_semaphore<> ended(0);
    static constexpr HostileKind kHoard{"hoard of memories",
                                        Attack::kCase,
                                        Origin::kSoak,
                                        "many-memories",
                                        10,
                                        false,
                                        Outcome::kCompleted,
                                        ""};
    for (std::size_t i = 0; i < bounds_.queue.max_running; ++i) {
      push(kHoard, [&](Outcome outcome, const std::string& message) {
        judge(kHoard, outcome == kHoard.outcome, std::string(event::to_string(outcome)), message);
        ended.release();
      });
    }
    for (std::size_t i = 0; i < bounds_.queue.max_running; ++i) ended.acquire();
  }

  /// What init of the modules has scheduled is over.
  void settle() const {
    while (application_->queue().stats().events > 0) std::this_thread::yield();
  }

  [[nodiscard]] std::uint64_t wrong() const { return wrong_; }
  [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }
  [[nodiscard]] const std::shared_ptr<app::Application>& application() const {
    return application_;
  }

 private:
  using Callback = std::move_only_function<void(Outcome, const std::string&)>;

  void push(const HostileKind& kind, Callback done) {
    event::PushRequest request{
        .payload = {},
        .only = modules_.find(kind.guest)->second,
        .call_deadline = kind.outcome == Outcome::kDeadline ? kShortDeadline : kLongDeadline};
    if (kind.attack == Attack::kTick) {
      request.payload = event::make_payload<TickEvent>(
          tick_, false,
          [done = std::move(done)](const Ended& end) mutable { done(end.outcome, end.message); });
    } else {
      request.payload = make_case(case_kind_, kind.number, kind.run,
                                  [done = std::move(done)](const CaseResult& result) mutable {
                                    done(result.outcome, result.failure.message);
                                  });
    }
    const auto pushed = application_->queue().push(request);
    // There is room for so few; without it nobody would ever be told.
    if (!pushed) must(Result<int>(std::unexpected(pushed.error().to_error())));
  }

  void call(const HostileKind& kind) {
    std::binary_semaphore ended(0);
    push(kind, [&](Outcome outcome, const std::string& message) {
      judge(kind, outcome == kind.outcome, std::string(event::to_string(outcome)), message);
      ended.release();
    });
    ended.acquire();
  }

  void start(const HostileKind& kind, std::uint64_t round) {
    app::ApplicationBounds bounds = bounds_;
    bounds.queue.call_deadline =
        kind.outcome == Outcome::kDeadline ? kShortDeadline : kLongDeadline;
    const auto started =
        soak_.engine().start_application({.name = fmt::format("start-{}", round),
                                          .components = {guests_.find(kind.guest)->second},
                                          .vfs = {},
                                          .bounds = bounds});
    judge(kind, !started, "it started", started ? "" : started.error().message);
    if (started) soak_.engine().stop_application(*started, engine::kDefaultGrace);
  }

  void judge(const HostileKind& kind, bool expected, const std::string& became,
             const std::string& message) {
    if (expected && message.find(kind.message) != std::string::npos) return;
    ++wrong_;
    const std::lock_guard lock(mutex_);
    if (complaints_.size() < 10) {
      complaints_.push_back(fmt::format("{}: {}: {}", kind.name, became, message));
    }
  }

  SoakEngine& soak_;
  app::ApplicationBounds bounds_;
  event::EventKind case_kind_;
  event::EventKind tick_;
  /// Those that cannot be loaded.
  std::map<std::string, engine::ComponentSource, std::less<>> sources_;
  std::map<std::string, Component, std::less<>> guests_;
  std::shared_ptr<app::Application> application_;
  std::map<std::string, event::Handler*, std::less<>> modules_;
  std::atomic<std::uint64_t> wrong_{0};
  std::mutex mutex_;
  std::vector<std::string> complaints_;
};

/// Runs rounds from `next` on, some at the same time, for one slice of time or until `end`.
std::uint64_t attack(Attacker& attacker, std::uint64_t next, std::uint64_t end,
                     std::size_t under_way, Duration slice) {
  std::atomic<std::uint64_t> round{next};
  const auto until = std::chrono::steady_clock::now() + slice;
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < under_way; ++i) {
      threads.emplace_back([&] {
        while (std::chrono::steady_clock::now() < until) {
          const std::uint64_t mine = round++;
          if (mine >= end) return;
          attacker.run(mine);
        }
      });
    }
  }
  return std::min(round.load(), end);
}

/// Holds every instance of the pool at the same time, each with what an instance begins with.
void look_into_every_slot(SoakEngine& soak, app::ApplicationBounds bounds, Report& report) {
  constexpr std::uint32_t kHoldMs = 1500;
  constexpr std::uint32_t kPages = kMaxMemoryBytes / 65536;
  bounds.queue.max_running = kInstances;
  bounds.queue.call_deadline = kLongDeadline;
  bounds.call.max_memory_bytes = 2 * kMaxMemoryBytes;
  const Canary canary{.pages = 2, .more_pages = 2, .added_pages = kPages - 2, .elements = 50'000};
  const auto inspector = must(soak.start_application(
      "inspector", {must(load_canary(soak, "inspector", canary, 0))}, bounds));
  std::mutex mutex;
  std::size_t fresh = 0;
  std::string found;
  std::counting_semaphore<> ended(0);
  for (std::uint32_t i = 0; i < kInstances; ++i) {
    const auto pushed = inspector->queue().push(
        {.payload = make_case(soak.kind("test"), kHoldMs, false, [&](const CaseResult& result) {
           {
             const std::lock_guard lock(mutex);
             if (result.outcome == Outcome::kCompleted && !result.result) {
               ++fresh;
             } else {
               found = result.result ? result.result->name : result.failure.message;
             }
           }
           ended.release();
         })});
    if (!pushed) must(Result<int>(std::unexpected(pushed.error().to_error())));
  }
  double held = 0;
  for (std::uint32_t i = 0; i < kInstances; ++i) {
    while (!ended.try_acquire_for(5ms)) {
      held = std::max(held, soak.metric("hermes_pool_in_use{resource=\"component_instance\"}"));
    }
  }
  report.expect(fresh == kInstances,
                fmt::format("{} of {} slots were clean; found: {}", fresh, kInstances, found));
  report.expect(held == kInstances,
                fmt::format("{} slots were looked at instead of {}", held, kInstances));
  report.see("clean slots", fmt::format("{} of {}", fresh, kInstances));
  soak.stop_application(inspector);
}

std::string ratio_text(std::vector<Duration>& with, std::vector<Duration>& without, double share) {
  const Duration quiet = percentile(without, share);
  const Duration busy = percentile(with, share);
  if (quiet <= Duration::zero()) return "-";
  return fmt::format("{:.2f}x ({} of {})",
                     static_cast<double>(busy.count()) / static_cast<double>(quiet.count()),
                     to_text(busy), to_text(quiet));
}

void report_neighbour(Neighbour& neighbour, Report& report) {
  report.expect(neighbour.completed() == neighbour.pushed(),
                fmt::format("the neighbour lost {} of {} events, {} of them refused; first: {}",
                            neighbour.pushed() - neighbour.completed(), neighbour.pushed(),
                            neighbour.refused(), neighbour.first_failure()));
  report.expect(
      neighbour.out_of_order() == 0,
      fmt::format("{} events of the neighbour were out of order", neighbour.out_of_order()));
  report.see("neighbour", fmt::format("{} events, {} lost", neighbour.pushed(),
                                      neighbour.pushed() - neighbour.completed()));
  using Beside = Neighbour::Beside;
  auto& quiet = neighbour.latencies(Beside::kNothing);
  for (const auto& [what, beside] :
       {std::pair{"beside one hostile event", Beside::kSome},
        std::pair{"beside hostile events on all workers", Beside::kMuch}}) {
    report.see(fmt::format("its p99 {}", what),
               ratio_text(neighbour.latencies(beside), quiet, 0.99));
  }
  report.see("its p50 beside hostile events on all workers",
             ratio_text(neighbour.latencies(Beside::kMuch), quiet, 0.5));
}

}  // namespace

void prove_hostile(const Options& options, Report& report) {
  const std::uint64_t rounds = options.size_or(10'000, 200);
  const Duration slice = options.brief ? 200ms : 1s;
  report.set_size(fmt::format("{} rounds of {} kinds", rounds, hostile_kinds().size()));
  engine::Config config;
  config.workers = options.workers;
  config.wasm.max_instances = kInstances;
  config.queue.max_running = kInstances;
  config.cron.schedule.max_entries = 100;
  const auto soak = must(SoakEngine::start(config));

  app::ApplicationBounds bounds = config.application;
  bounds.queue.max_running = kUnderWay;
  bounds.call.max_memory_bytes = kMaxMemoryBytes;
  bounds.queue.call_deadline = kShortDeadline * 10;
  const auto good = must(soak->start_application(
      "neighbour", {must(soak->soak_guest("work", "work"))}, config.application));
  Attacker attacker(*soak, bounds);
  attacker.settle();

  // Every slot of the pool keeps some memory once it was used, and every kind was compiled.
  attack(attacker, 0, kWarmUpCycles * hostile_kinds().size(), kUnderWay, kLongDeadline);
  attacker.hoard();

  Neighbour neighbour(*good, soak->kind("test"), {});
  MemoryWatch memory;
  Progress progress("rounds", rounds);
  for (std::uint64_t done = 0; done < rounds;) {
    using Beside = Neighbour::Beside;
    neighbour.set_beside(Beside::kNothing);
    std::this_thread::sleep_for(slice);
    memory.sample();
    neighbour.set_beside(Beside::kSome);
    done = attack(attacker, done, rounds, 1, slice);
    neighbour.set_beside(Beside::kMuch);
    done = attack(attacker, done, rounds, kUnderWay, slice);
    attacker.hoard();
    progress.at(done);
  }
  neighbour.stop();
  for (const std::string& complaint : attacker.complaints()) report.expect(false, complaint);
  report.expect(attacker.wrong() == 0,
                fmt::format("{} rounds did not end as they have to", attacker.wrong()));
  const auto verdict = memory.verdict();
  report.expect(verdict.flat(), "memory grows: " + verdict.text());
  report.expect(soak->stop_application(attacker.application()), "hostile events were left");
  report.see("ended as they have to", fmt::format("{} of {}", rounds - attacker.wrong(), rounds));
  report.see("memory", verdict.text());
  report_neighbour(neighbour, report);
  report.expect(soak->stop_application(good), "events of the neighbour were left");
  report.expect(soak->in_use().empty(), "still in use: " + soak->in_use());
  look_into_every_slot(*soak, bounds, report);
  report.expect(soak->in_use().empty(), "still in use at the end: " + soak->in_use());
}

}  // namespace hermes::soak

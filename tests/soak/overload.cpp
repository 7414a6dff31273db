// Producers push ten times what can be processed: what is accepted does not wait for longer than
// the bounds let it, the rest is refused at once, all of it is counted, and nobody else notices.
#include "base/random.hpp"
#include "calls.hpp"
#include "measure.hpp"
#include "neighbour.hpp"
#include "progress.hpp"
#include "proof.hpp"
#include "soak_engine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <mutex>
#include <thread>

namespace hermes::soak {

namespace {

using namespace std::chrono_literals;
using event::RefusalReason;
using ext::integration_test::CaseResult;

constexpr std::size_t kSources = 16;
// An accepted event waits for the events of its lane, and between any two of these for one of each
// other lane: the bound on a lane times the number of sources bounds what is before it.
constexpr std::size_t kPerLane = 4;
// A little less than all lanes together, so that both bounds are met.
constexpr std::size_t kPerApplication = kSources * kPerLane - 4;
// The most that is never refused: each source has one event less than it may have.
constexpr std::size_t kNominalPerLane = kPerLane - 1;
constexpr Duration kMaxWait = 1s;
// About 200 us.
constexpr std::uint32_t kTurns = 200'000;
constexpr std::uint64_t kOverload = 10;
constexpr std::size_t kProducers = 2;
constexpr Duration kBurstInterval = 1ms;
constexpr double kMaxRatio = 2.0;

/// Latencies of many threads. Room is made before, so that it does not look like a leak.
class Latencies {
 public:
  void reserve(std::size_t count) { values_.resize(count, Duration{1}); }
  void add(Duration value) {
    const std::lock_guard lock(mutex_);
    if (used_ == values_.size()) values_.resize(2 * used_ + 1);
    values_[used_++] = value;
  }
  Duration p99() {
    values_.resize(used_);
    return percentile(values_, 0.99);
  }

 private:
  std::mutex mutex_;
  std::vector<Duration> values_;
  std::size_t used_ = 0;
};

/// Pushes events, and counts what becomes of them.
class Load {
 public:
  Load(app::Application& application, event::EventKind kind)
      : application_(application), kind_(kind) {
    for (std::size_t i = 0; i < kSources; ++i) {
      sources_.push_back(application.source(kind, "source " + std::to_string(i)));
    }
  }

  /// Every source has as many events under way as is never refused. Returns when the last is over.
  void run_nominal(Duration time) {
    nominal_until_ = clock_.steady() + time;
    for (std::size_t i = 0; i < kSources * kNominalPerLane; ++i) push_nominal(i % kSources);
    wait();
    nominal_time_ += time;
  }

  /// Pushes `per_second` for so long, whatever is answered. Returns when the last is over.
  template <class Watch>
  void run_overload(double per_second, Duration time, std::uint64_t seed, const Watch& watch) {
    const SteadyTime start = clock_.steady();
    {
      std::vector<std::jthread> producers;
      for (std::size_t i = 0; i < kProducers; ++i) {
        producers.emplace_back([=, this] {
          SeededRandom random(seed + i);
          produce(random, per_second / kProducers, start, start + time);
        });
      }
      while (clock_.steady() < start + time) {
        watch(clock_.steady() - start);
        std::this_thread::sleep_for(100ms);
      }
    }
    wait();
  }

  [[nodiscard]] std::uint64_t nominal_completed() const { return nominal_completed_; }
  [[nodiscard]] double per_second() const {
    return static_cast<double>(nominal_completed_) /
           std::chrono::duration<double>(nominal_time_).count();
  }

  Latencies nominal;
  Latencies overload;
  std::atomic<std::uint64_t> pushed{0};
  std::atomic<std::uint64_t> accepted{0};
  std::array<std::atomic<std::uint64_t>, event::kRefusalReasonCount> refused{};
  std::array<std::atomic<std::uint64_t>, event::kOutcomeCount> outcomes{};
  std::atomic<std::uint64_t> nominal_refused{0};

 private:
  event::PushResult push(std::size_t source, ext::integration_test::CaseCallback done) {
    return application_.queue().push(
        {.payload = make_case(kind_, kTurns, true, std::move(done)), .source = sources_[source]});
  }

  void push_nominal(std::size_t source) {
    const SteadyTime now = clock_.steady();
    ++under_way_;
    const auto result = push(source, [this, source, now](const CaseResult&) {
      nominal.add(clock_.steady() - now);
      ++nominal_completed_;
      if (clock_.steady() < nominal_until_) push_nominal(source);
      over();
    });
    if (!result) {
      ++nominal_refused;
      over();
    }
  }

  void push_overload(std::size_t source) {
    const SteadyTime now = clock_.steady();
    ++under_way_;
    ++pushed;
    const auto result = push(source, [this, now](const CaseResult& ended) {
      ++outcomes[static_cast<std::size_t>(ended.outcome)];
      if (ended.outcome == event::Outcome::kCompleted) overload.add(clock_.steady() - now);
      over();
    });
    if (result) {
      ++accepted;
    } else {
      ++refused[static_cast<std::size_t>(result.error().reason)];
      over();
    }
  }

  void produce(SeededRandom& random, double per_second, SteadyTime start, SteadyTime until) {
    std::uint64_t done = 0;
    for (SteadyTime now = start; now < until; now = clock_.steady()) {
      const double due = std::chrono::duration<double>(now - start).count() * per_second;
      for (; static_cast<double>(done) < due; ++done) push_overload(random.below(kSources));
      std::this_thread::sleep_for(kBurstInterval);
    }
  }

  void over() {
    // The last one may be looked at by wait() at once.
    if (--under_way_ == 0) under_way_.notify_all();
  }
  void wait() {
    for (std::uint64_t left = under_way_; left > 0; left = under_way_) under_way_.wait(left);
  }

  app::Application& application_;
  event::EventKind kind_;
  SystemClock clock_;
  std::vector<event::SourceKey> sources_;
  SteadyTime nominal_until_{};
  Duration nominal_time_{0};
  std::atomic<std::uint64_t> nominal_completed_{0};
  std::atomic<std::uint64_t> under_way_{0};
};

void expect_counts(const Load& load, const event::ApplicationStats& before,
                   const event::ApplicationStats& after, Report& report) {
  std::uint64_t refused = 0;
  for (const auto& count : load.refused) refused += count;
  std::uint64_t ended = 0;
  for (const auto& count : load.outcomes) ended += count;
  report.expect(load.nominal_refused == 0, "an event of the nominal load was refused");
  report.expect(load.accepted + refused == load.pushed, "accepted and refused are not all");
  report.expect(ended == load.accepted, "accepted events were lost");
  report.expect(after.accepted - before.accepted == load.accepted,
                fmt::format("the queue counts {} accepted instead of {}",
                            after.accepted - before.accepted, load.accepted.load()));
  report.expect(after.refused - before.refused == refused,
                fmt::format("the queue counts {} refused instead of {}",
                            after.refused - before.refused, refused));
  report.expect(refused > 0, "nothing was refused");
  const auto completed = load.outcomes[static_cast<std::size_t>(event::Outcome::kCompleted)].load();
  const auto too_late = load.outcomes[static_cast<std::size_t>(event::Outcome::kDeadline)].load();
  report.expect(completed + too_late == load.accepted,
                "accepted events neither completed nor waited too long");
  report.see("pushed", std::to_string(load.pushed.load()));
  report.see("accepted", std::to_string(load.accepted.load()));
  const auto reason = [&](RefusalReason which) {
    return load.refused[static_cast<std::size_t>(which)].load();
  };
  report.see("refused", fmt::format("{} ({} lane-full, {} application-full)", refused,
                                    reason(RefusalReason::kLaneFull),
                                    reason(RefusalReason::kApplicationFull)));
  report.see("waited too long", std::to_string(too_late));
}

}  // namespace

void prove_overload(const Options& options, Report& report) {
  const std::uint64_t seconds = options.size_or(60, 1);
  const Duration overload_time = std::chrono::seconds{seconds};
  const Duration nominal_time = std::max<Duration>(overload_time / 6, 500ms);
  report.set_size(fmt::format("{} s at {}x", seconds, kOverload));
  engine::Config config;
  config.workers = options.workers;
  const auto soak = must(SoakEngine::start(config));
  app::ApplicationBounds bounds = config.application;
  bounds.queue.max_events_per_lane = kPerLane;
  bounds.queue.max_events = kPerApplication;
  bounds.queue.wait_deadline = kMaxWait;
  const Component work = must(soak->soak_guest("work", "work"));
  const auto busy = must(soak->start_application("busy", {work}, bounds));
  const auto other = must(soak->start_application("other", {work}, config.application));
  const event::EventKind kind = soak->kind("test");

  using Beside = Neighbour::Beside;
  Neighbour neighbour(*other, kind, {.interval = 5ms});
  Load load(*busy, kind);
  load.nominal.reserve(1 << 20);
  load.overload.reserve(1 << 20);
  neighbour.set_beside(Beside::kSome);
  load.run_nominal(nominal_time);
  const double capacity = load.per_second();

  const auto before = busy->queue().stats();
  MemoryWatch memory;
  Progress progress("seconds", seconds);
  neighbour.set_beside(Beside::kMuch);
  load.run_overload(capacity * kOverload, overload_time, options.seed, [&](Duration passed) {
    memory.sample();
    progress.at(static_cast<std::uint64_t>(std::chrono::duration<double>(passed).count()));
  });
  const auto after = busy->queue().stats();
  neighbour.set_beside(Beside::kSome);
  load.run_nominal(nominal_time);
  neighbour.stop();

  report.see("capacity", fmt::format("{:.0f} events/s", capacity));
  expect_counts(load, before, after, report);
  const Duration nominal = load.nominal.p99();
  const Duration overload = load.overload.p99();
  const double ratio = static_cast<double>(overload.count()) / static_cast<double>(nominal.count());
  report.see("p99 of accepted events", fmt::format("{:.2f}x ({} of {} at nominal load)", ratio,
                                                   to_text(overload), to_text(nominal)));
  const auto verdict = memory.verdict();
  report.see("memory", verdict.text());
  report.expect(verdict.flat(), "memory grows: " + verdict.text());
  // No test fails because a machine was slow for a moment.
  report.expect(options.brief || ratio <= kMaxRatio,
                fmt::format("p99 of accepted events is {:.2f}x that at nominal load", ratio));
  report.expect(neighbour.completed() == neighbour.pushed() && neighbour.out_of_order() == 0,
                fmt::format("another application completed {} of {} events; first failure: {}",
                            neighbour.completed(), neighbour.pushed(), neighbour.first_failure()));
  const Duration quiet = percentile(neighbour.latencies(Beside::kSome), 0.99);
  const Duration beside = percentile(neighbour.latencies(Beside::kMuch), 0.99);
  report.see(
      "another application",
      fmt::format("{} events, {} lost, p99 {} of {} at nominal load", neighbour.pushed(),
                  neighbour.pushed() - neighbour.completed(), to_text(beside), to_text(quiet)));
  report.expect(soak->stop_application(busy) && soak->stop_application(other),
                "events were left when it was stopped");
  report.expect(soak->in_use().empty(), "still in use: " + soak->in_use());
}

}  // namespace hermes::soak

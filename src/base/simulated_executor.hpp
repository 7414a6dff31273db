// An executor for tests: one thread, virtual time, and an order of everything that a seed chooses
// and replays.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/random.hpp"
#include "base/timer_queue.hpp"

#include <cstdint>
#include <vector>

namespace hermes {

/// Runs whatever is ready in random order; when nothing is ready, time jumps to the next timer. The
/// same seed and the same program give the same run. Everything happens inside the run_* functions,
/// on the calling thread; all other functions must be called on that thread too.
class SimulatedExecutor final : public Executor {
 public:
  explicit SimulatedExecutor(std::uint64_t seed, WallTime wall = ManualClock::kWallStart)
      : random_(seed), clock_(wall) {}

  void post(Task& task) override { ready_.push_back(&task); }
  void schedule(Timer& timer, SteadyTime at) override { timers_.schedule(timer, at); }
  [[nodiscard]] const Clock& clock() const override { return clock_; }
  void work_available() override {}
  void background_work_available() override {}

  /// Where work comes from besides tasks and timers; nullptr: nowhere. Must outlive the executor or
  /// be replaced.
  void set_work_source(WorkSource* source) { source_ = source; }

  /// Runs one thing that is ready now, without moving time. false: nothing was ready.
  bool step();
  /// Runs until nothing is ready; time does not move.
  void run_ready();
  /// Runs until nothing is ready and no timer is set. Returns false, and stops, after `max_steps`
  /// things: a program that schedules itself for ever.
  bool run_until_idle(std::uint64_t max_steps = 10'000'000);
  /// Runs everything up to and including `until`; the clock stands at `until` afterwards.
  void run_until(SteadyTime until);
  void run_for(Duration span) { run_until(now() + span); }

  /// The simulation's clock, for stepping the wall clock.
  [[nodiscard]] ManualClock& manual_clock() { return clock_; }
  /// The simulation's randomness, for tests that want their own choices replayed with it.
  [[nodiscard]] SeededRandom& random() { return random_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  SeededRandom random_;
  ManualClock clock_;
  TimerQueue timers_;
  std::vector<Task*> ready_;
  WorkSource* source_ = nullptr;
  std::uint64_t steps_ = 0;
};

}  // namespace hermes

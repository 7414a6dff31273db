// The timers of one executor.
#pragma once

#include "base/adaptive_mutex.hpp"
#include "base/clock.hpp"
#include "base/executor.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <optional>
#include <vector>

namespace hermes {

/// Scheduled timers, soonest first: an intrusive heap with four children per node. Scheduling and
/// cancelling are O(log n) with a small constant (a deadline later than most stays where it is
/// appended); nothing is allocated once the heap has grown to its working size. Safe to use from
/// any thread.
class TimerQueue {
 public:
  TimerQueue() = default;
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  /// Adds `timer`, or moves it if it is scheduled (here or elsewhere). Returns whether it is now
  /// the soonest here, so that a sleeping thread must be told.
  bool schedule(Timer& timer, SteadyTime at);

  /// See Timer::cancel.
  static bool cancel(Timer& timer);

  /// Removes one timer that is due at `now`, soonest first; nullptr: none is.
  Timer* pop_due(SteadyTime now);

  /// Calls on_time of every timer that is due at `now`, without holding the lock. Returns how many.
  /// Timers that are scheduled meanwhile for a moment that is due are included, up to `limit` in
  /// all.
  std::size_t fire_due(SteadyTime now, Executor& here, std::size_t limit = 1024);

  /// The soonest moment; nullopt: nothing is scheduled. Without the lock.
  [[nodiscard]] std::optional<SteadyTime> next() const;
  /// Whether something is due at `now`. Without the lock.
  [[nodiscard]] bool due(SteadyTime now) const {
    return soonest_.load() <= now.time_since_epoch().count();
  }
  [[nodiscard]] std::size_t size() const;

 private:
  static constexpr std::size_t kArity = 4;

  void place(std::size_t index, Timer& timer) {
    heap_[index] = &timer;
    timer.index_ = index;
  }
  void note_soonest();
  void sift_up(std::size_t index);
  void sift_down(std::size_t index);
  void remove(std::size_t index);

  mutable AdaptiveMutex mutex_;
  std::vector<Timer*> heap_;
  static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
  std::atomic<std::int64_t> soonest_{kNever};
};

}  // namespace hermes

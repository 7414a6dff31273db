// Time as a value that is passed in, so that tests can choose it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace hermes {

using Duration = std::chrono::nanoseconds;

/// A moment of the monotonic clock. For deadlines, timers and measuring; never steps.
using SteadyTime = std::chrono::time_point<std::chrono::steady_clock, Duration>;

/// A moment of the wall clock, UTC without leap seconds. For calendars and logs; may step either
/// way.
using WallTime = std::chrono::sys_time<Duration>;

/// Where the engine reads time. Safe to use from any thread; steady and wall are cheap (tens of
/// nanoseconds).
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
  /// How long the calling thread has had a processor so far: differences of it are the time that it
  /// computed, without what other threads and processes took from it. A system call, some hundred
  /// nanoseconds.
  [[nodiscard]] virtual Duration thread_processor_time() const = 0;
};

/// The clocks of the operating system.
class SystemClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady() const override;
  [[nodiscard]] WallTime wall() const override;
  [[nodiscard]] Duration thread_processor_time() const override;
};

/// A clock that moves only when it is told to.
class ManualClock final : public Clock {
 public:
  /// Where the steady clock of a fresh ManualClock stands: not at zero, so that forgotten fields
  /// show.
  static constexpr SteadyTime kSteadyStart{std::chrono::hours{1}};
  /// 2024-01-01T00:00:00Z.
  static constexpr WallTime kWallStart{std::chrono::seconds{1'704'067'200}};

  explicit ManualClock(WallTime wall = kWallStart)
      : steady_(kSteadyStart.time_since_epoch().count()) {
    set_wall(wall);
  }

  [[nodiscard]] SteadyTime steady() const override { return SteadyTime{Duration{steady_.load()}}; }
  [[nodiscard]] WallTime wall() const override {
    return WallTime{Duration{steady_.load() + wall_offset_.load()}};
  }
  [[nodiscard]] Duration thread_processor_time() const override {
    return Duration{steady_.load() - taken_.load()};
  }

  /// Both clocks go forward. `by` is not negative.
  void advance(Duration by) { steady_ += by.count(); }
  /// The same, while something else has the processor.
  void advance_without_processor(Duration by) {
    taken_ += by.count();
    advance(by);
  }
  /// The wall clock steps, in either direction; the steady clock does not notice.
  void set_wall(WallTime wall) { wall_offset_ = wall.time_since_epoch().count() - steady_.load(); }

 private:
  std::atomic<std::int64_t> steady_;
  std::atomic<std::int64_t> wall_offset_{0};
  /// Of the time that has passed, what no thread had a processor for.
  std::atomic<std::int64_t> taken_{0};
};

}  // namespace hermes

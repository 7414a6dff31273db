// Time slices: the thread that makes busy guests yield, and the watch over that thread.
#pragma once

#include "wasm/engine.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string_view>
#include <thread>

namespace hermes::wasm {

/// What a ticker leaves behind at every tick. Written by one thread, read by any.
class EpochHeartbeat {
 public:
  using Clock = std::chrono::steady_clock;

  explicit EpochHeartbeat(Clock::time_point now) : last_(now.time_since_epoch().count()) {}

  void beat(Clock::time_point now) noexcept {
    last_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    count_.fetch_add(1, std::memory_order_relaxed);
  }
  /// Ticks so far.
  [[nodiscard]] std::uint64_t count() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }
  /// When the last one was; before the first: when the heartbeat was made.
  [[nodiscard]] Clock::time_point last() const noexcept {
    return Clock::time_point(Clock::duration(last_.load(std::memory_order_relaxed)));
  }

 private:
  std::atomic<Clock::rep> last_;
  std::atomic<std::uint64_t> count_{0};
};

/// Advances the engine's epoch every period, on a thread of its own, until it is destroyed. One per
/// engine.
///
/// A short period lets other calls of a worker run sooner beside a busy guest and makes deadlines
/// sharper; each tick costs every running guest one yield (about a microsecond).
class EpochTicker {
 public:
  static constexpr std::chrono::milliseconds kDefaultPeriod{2};

  explicit EpochTicker(std::shared_ptr<const Engine> engine,
                       std::chrono::nanoseconds period = kDefaultPeriod);
  EpochTicker(const EpochTicker&) = delete;
  EpochTicker& operator=(const EpochTicker&) = delete;

  [[nodiscard]] std::chrono::nanoseconds period() const { return period_; }
  /// Lives as long as the ticker.
  [[nodiscard]] const EpochHeartbeat& heartbeat() const { return heartbeat_; }
  [[nodiscard]] const std::shared_ptr<const Engine>& engine() const { return engine_; }

 private:
  void run(const std::stop_token& stop);

  std::shared_ptr<const Engine> engine_;
  std::chrono::nanoseconds period_;
  EpochHeartbeat heartbeat_;
  // Last: it uses everything above, and is stopped and joined first.
  std::jthread thread_;
};

/// Notices a ticker that has stopped, and then advances the epoch in its place, so that no guest
/// becomes immortal.
///
/// A worker owns one and calls check() whenever control comes back to it and when it wakes up idle.
/// It can act only while some worker is not inside a guest: with a single worker, before that
/// worker enters the next call.
class EpochWatch {
 public:
  using Clock = EpochHeartbeat::Clock;
  /// Called once when the ticker is found dead ("no epoch tick for 58 ms ..."), and once when it is
  /// alive again.
  using Report = std::function<void(std::string_view)>;

  /// A heartbeat older than this many periods counts as dead: more than what a loaded machine
  /// delays a thread.
  static constexpr unsigned kDefaultTolerance = 25;

  /// The watch for `ticker`, which must outlive it.
  EpochWatch(const EpochTicker& ticker, Report report, unsigned tolerance = kDefaultTolerance);
  /// The parts of it, for tests. `heartbeat` must outlive the watch; `increment` advances the
  /// epoch.
  EpochWatch(const EpochHeartbeat& heartbeat, std::chrono::nanoseconds period,
             std::function<void()> increment, Report report,
             unsigned tolerance = kDefaultTolerance);

  /// Returns whether the ticker is alive at `now`. When it is not, advances the epoch, at most once
  /// per period.
  bool check(Clock::time_point now);

 private:
  void check_stale(Clock::time_point now, Clock::duration age);

  const EpochHeartbeat* heartbeat_;
  std::chrono::nanoseconds period_;
  std::chrono::nanoseconds tolerated_;
  std::function<void()> increment_;
  Report report_;
  bool dead_ = false;
  Clock::time_point last_increment_{};
};

}  // namespace hermes::wasm

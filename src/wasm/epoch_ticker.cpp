#include "wasm/epoch_ticker.hpp"

#include <pthread.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>

namespace hermes::wasm {

EpochTicker::EpochTicker(std::shared_ptr<const Engine> engine, std::chrono::nanoseconds period)
    : engine_(std::move(engine)),
      period_(std::max<std::chrono::nanoseconds>(period, std::chrono::microseconds(100))),
      heartbeat_(EpochHeartbeat::Clock::now()),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void EpochTicker::run(const std::stop_token& stop) {
  pthread_setname_np(pthread_self(), "hermes-epoch");
  std::mutex mutex;
  std::condition_variable_any stopped;
  std::unique_lock lock(mutex);
  auto next = EpochHeartbeat::Clock::now() + period_;
  while (!stop.stop_requested()) {
    stopped.wait_until(lock, stop, next, [] { return false; });
    engine_->increment_epoch();
    const auto now = EpochHeartbeat::Clock::now();
    heartbeat_.beat(now);
    // Ticks that were missed (a suspended machine, a starved thread) are not made up for in a
    // burst.
    next = std::max(next + period_, now);
  }
}

EpochWatch::EpochWatch(const EpochTicker& ticker, Report report, unsigned tolerance)
    : EpochWatch(
          ticker.heartbeat(), ticker.period(),
          [engine = ticker.engine()] { engine->increment_epoch(); }, std::move(report), tolerance) {
}

EpochWatch::EpochWatch(const EpochHeartbeat& heartbeat, std::chrono::nanoseconds period,
                       std::function<void()> increment, Report report, unsigned tolerance)
    : heartbeat_(&heartbeat),
      period_(period),
      tolerated_(period * tolerance),
      increment_(std::move(increment)),
      report_(std::move(report)) {}

bool EpochWatch::check(Clock::time_point now) {
  const auto age = now - heartbeat_->last();
  if (age <= tolerated_) {
    if (dead_) {
      dead_ = false;
      report_("the epoch ticks again");
    }
    return true;
  }
  check_stale(now, age);
  return false;
}

void EpochWatch::check_stale(Clock::time_point now, Clock::duration age) {
  if (!dead_) {
    dead_ = true;
    const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(age);
    report_("no epoch tick for " + std::to_string(whole.count()) +
            " ms: the ticker thread has stopped or is starved; the workers advance the epoch "
            "themselves until it is back");
    last_increment_ = now;
    increment_();
    return;
  }
  if (now - last_increment_ < period_) return;
  last_increment_ = now;
  increment_();
}

}  // namespace hermes::wasm

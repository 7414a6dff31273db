// Why and when a run ends.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <stop_token>

namespace hermes::cli {

/// What ended a run.
struct EndReason {
  enum class Kind : std::uint8_t {
    /// An application called done(status).
    kDone,
    /// SIGINT, SIGTERM, or SIGHUP of the terminal.
    kSignal,
    /// --timeout-ms.
    kTimeout,
  };
  Kind kind = Kind::kDone;
  /// The status given to done, or the number of the signal.
  int value = 0;
};

/// The first reason wins. Any thread.
class RunEnd {
 public:
  void end(const EndReason& reason) {
    {
      const std::lock_guard lock(mutex_);
      if (reason_) return;
      reason_ = reason;
      changed_.notify_all();
    }
    // Only a reason from outside interrupts what is being prepared: done comes from an application
    // that runs, and its init may well finish.
    if (reason.kind != EndReason::Kind::kDone) stop_.request_stop();
  }

  /// Waits for the end.
  EndReason wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return reason_.has_value(); });
    return *reason_;
  }

  [[nodiscard]] std::optional<EndReason> reason() const {
    const std::lock_guard lock(mutex_);
    return reason_;
  }

  /// Requested when the end comes from outside.
  [[nodiscard]] std::stop_token stop_token() const { return stop_.get_token(); }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<EndReason> reason_;
  std::stop_source stop_;
};

}  // namespace hermes::cli

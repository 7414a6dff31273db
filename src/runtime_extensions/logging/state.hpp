// How much one application has logged.
#pragma once

#include "app/extension_state.hpp"
#include "base/clock.hpp"
#include "base/rate_limit.hpp"
#include "runtime_extensions/logging/config.hpp"

#include <chrono>
#include <cstdint>
#include <mutex>

namespace hermes::ext::logging {

/// The rate limit of one application. Any thread.
class LoggingState final : public app::ExtensionState {
 public:
  explicit LoggingState(const Config& config) : limit_(config.lines_per_second, config.burst) {}

  /// What was dropped is reported so often at most.
  static constexpr Duration kReportInterval = std::chrono::seconds{1};

  struct Decision {
    bool write;
    /// Records that were dropped before and have not been reported yet: report them now, if not 0.
    std::uint64_t dropped;
  };

  /// May a record that costs so much be written now?
  Decision admit(SteadyTime now, std::uint64_t cost) {
    const std::lock_guard lock(mutex_);
    if (!limit_.allow(now, cost)) {
      ++dropped_;
      return {.write = false, .dropped = 0};
    }
    if (dropped_ == 0 || now < next_report_) return {.write = true, .dropped = 0};
    next_report_ = now + kReportInterval;
    return {.write = true, .dropped = take_dropped_locked()};
  }

  /// What was dropped since it was last reported.
  std::uint64_t take_dropped() {
    const std::lock_guard lock(mutex_);
    return take_dropped_locked();
  }

  /// All that was ever dropped.
  [[nodiscard]] std::uint64_t total_dropped() {
    const std::lock_guard lock(mutex_);
    return total_dropped_ + dropped_;
  }

 private:
  std::uint64_t take_dropped_locked() {
    const std::uint64_t dropped = dropped_;
    total_dropped_ += dropped;
    dropped_ = 0;
    return dropped;
  }

  std::mutex mutex_;
  RateLimit limit_;
  SteadyTime next_report_{};
  std::uint64_t dropped_ = 0;
  std::uint64_t total_dropped_ = 0;
};

}  // namespace hermes::ext::logging

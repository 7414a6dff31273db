// How much one application has logged.
#pragma once

#include "app/application.hpp"
#include "app/extension_state.hpp"
#include "base/clock.hpp"
#include "base/rate_limit.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <utility>

namespace hermes::ext::logging {

/// Lines of one application.
struct LineCounts {
  std::uint64_t written = 0;
  /// Dropped, by the limit that they exceeded: lines or bytes per second.
  std::uint64_t over_lines = 0;
  std::uint64_t over_bytes = 0;

  [[nodiscard]] std::uint64_t dropped() const { return over_lines + over_bytes; }
};

/// What was dropped since it was last said.
struct Drops {
  LineCounts lines;
  /// Since the first of them.
  Duration within{};
};

/// The rate limits of one application. Any thread.
class LoggingState final : public app::ExtensionState {
 public:
  explicit LoggingState(const app::OutputBounds& bounds)
      : lines_(bounds.lines_per_second, bounds.lines_per_second * kBurstSeconds),
        bytes_(bounds.bytes_per_second,
               std::max(bounds.bytes_per_second * kBurstSeconds, kLeastBurstBytes)) {}

  /// So much of the rate may come at once, after a quiet time.
  static constexpr std::uint64_t kBurstSeconds = 2;
  /// However low the rate is, the largest record gets through after a quiet time.
  static constexpr std::uint64_t kLeastBurstBytes = std::uint64_t{128} * 1024;
  /// What was dropped is said so often at most, while lines come.
  static constexpr Duration kReportInterval = std::chrono::seconds{1};

  struct Decision {
    bool write = false;
    /// To be said now, if there are any.
    Drops drops{};
  };

  /// May a line of so many bytes be written now?
  Decision admit(SteadyTime now, std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    Decision decision;
    if (!lines_.allow(now)) {
      drop(now, unsaid_.over_lines);
    } else if (!bytes_.allow(now, bytes)) {
      drop(now, unsaid_.over_bytes);
    } else {
      decision.write = true;
      ++total_.written;
    }
    if (unsaid_.dropped() > 0 && now - first_unsaid_ >= kReportInterval) {
      decision.drops = take_drops_locked(now);
    }
    return decision;
  }

  /// What was dropped since it was last said: it is said by the caller.
  Drops take_drops(SteadyTime now) {
    const std::lock_guard lock(mutex_);
    return take_drops_locked(now);
  }

  /// Since the application was started.
  [[nodiscard]] LineCounts counts() const {
    const std::lock_guard lock(mutex_);
    return {.written = total_.written,
            .over_lines = total_.over_lines + unsaid_.over_lines,
            .over_bytes = total_.over_bytes + unsaid_.over_bytes};
  }

 private:
  void drop(SteadyTime now, std::uint64_t& count) {
    if (unsaid_.dropped() == 0) first_unsaid_ = now;
    ++count;
  }

  Drops take_drops_locked(SteadyTime now) {
    total_.over_lines += unsaid_.over_lines;
    total_.over_bytes += unsaid_.over_bytes;
    return {.lines = std::exchange(unsaid_, {}), .within = now - first_unsaid_};
  }

  mutable std::mutex mutex_;
  RateLimit lines_;
  RateLimit bytes_;
  LineCounts total_;
  LineCounts unsaid_;
  SteadyTime first_unsaid_{};
};

}  // namespace hermes::ext::logging

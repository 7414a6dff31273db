// How many lines, and bytes of them, may be written.
#pragma once

#include "app/application_bounds.hpp"
#include "base/clock.hpp"
#include "base/rate_limit.hpp"

#include <algorithm>
#include <cstdint>
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

/// The rate limits of one application. One thread at a time.
class LineLimits {
 public:
  explicit LineLimits(const app::OutputBounds& bounds)
      : lines_(bounds.lines_per_second, bounds.lines_per_second * kBurstSeconds),
        bytes_(bounds.bytes_per_second,
               std::max(bounds.bytes_per_second * kBurstSeconds, kLeastBurstBytes)) {}

  /// So much of the rate may come at once, after a quiet time.
  static constexpr std::uint64_t kBurstSeconds = 2;
  /// However low the rate is, the largest record gets through after a quiet time.
  static constexpr std::uint64_t kLeastBurstBytes = std::uint64_t{128} * 1024;
  enum class Decision : std::uint8_t {
    kWrite,
    kDrop,
    /// Dropped, and the first since the last take_drops: somebody has to say so in the end.
    kFirstDrop,
  };

  /// May a line of so many bytes be written now?
  Decision admit(SteadyTime now, std::uint64_t bytes) {
    if (!lines_.allow(now)) return drop(now, unsaid_.over_lines);
    if (!bytes_.allow(now, bytes)) return drop(now, unsaid_.over_bytes);
    ++total_.written;
    return Decision::kWrite;
  }

  /// What was dropped since the last call of this function.
  Drops take_drops(SteadyTime now) {
    total_.over_lines += unsaid_.over_lines;
    total_.over_bytes += unsaid_.over_bytes;
    return {.lines = std::exchange(unsaid_, {}), .within = now - first_unsaid_};
  }

  /// Since the application was started.
  [[nodiscard]] LineCounts counts() const {
    return {.written = total_.written,
            .over_lines = total_.over_lines + unsaid_.over_lines,
            .over_bytes = total_.over_bytes + unsaid_.over_bytes};
  }

 private:
  Decision drop(SteadyTime now, std::uint64_t& count) {
    const bool first = unsaid_.dropped() == 0;
    if (first) first_unsaid_ = now;
    ++count;
    return first ? Decision::kFirstDrop : Decision::kDrop;
  }

  RateLimit lines_;
  RateLimit bytes_;
  LineCounts total_;
  LineCounts unsaid_;
  SteadyTime first_unsaid_{};
};

}  // namespace hermes::ext::logging

// The buckets that durations are sorted into, for histograms.
#pragma once

#include "base/clock.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hermes {

/// Exponential: from 1 us to 33.6 s, each bound twice the one before, and 60 s as the last; what
/// takes longer is in a bucket without bound. The same for all histograms, so that they can be
/// added up.
inline constexpr std::size_t kDurationBounds = 27;
inline constexpr std::size_t kDurationBuckets = kDurationBounds + 1;

/// What `bucket` holds at most; `bucket` is below kDurationBounds.
constexpr Duration duration_bound(std::size_t bucket) {
  constexpr Duration kFirst = std::chrono::microseconds{1};
  constexpr Duration kLast = std::chrono::seconds{60};
  return bucket + 1 == kDurationBounds ? kLast : kFirst * (std::int64_t{1} << bucket);
}

/// The first bucket whose bound is at least `duration`. What is negative counts as nothing.
constexpr std::size_t duration_bucket(Duration duration) {
  constexpr std::int64_t kNanosecondsPerMicrosecond = 1000;
  if (duration <= duration_bound(0)) return 0;
  const auto microseconds =
      static_cast<std::uint64_t>((duration.count() - 1) / kNanosecondsPerMicrosecond);
  const auto doublings = static_cast<std::size_t>(std::bit_width(microseconds));
  if (doublings + 1 < kDurationBounds) return doublings;
  return duration <= duration_bound(kDurationBounds - 1) ? kDurationBounds - 1 : kDurationBounds;
}

/// Durations by bucket.
struct DurationHistogram {
  std::array<std::uint64_t, kDurationBuckets> counts{};
  /// Of all durations together; 584 years at most.
  std::uint64_t sum_ns = 0;
};

}  // namespace hermes

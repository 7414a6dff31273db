// How long something takes. The peer measures in the same way (bench/peer/src/timing.rs).
#pragma once

#include "base/result.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <utility>

namespace hermes::bench {

/// One repetition lasts about this long. The driver asks for several and takes the median.
inline constexpr std::chrono::milliseconds kRepetition{200};

/// Nanoseconds that one of the operations takes, where `operations(n)` does n of them and returns
/// Result<void>. Ends with the first error.
template <class Operations>
Result<double> nanoseconds(Operations&& operations) {
  using Clock = std::chrono::steady_clock;
  std::uint64_t count = 1;
  while (true) {
    const auto start = Clock::now();
    if (Result<void> done = operations(count); !done) {
      return std::unexpected(std::move(done.error()));
    }
    const std::chrono::duration<double, std::nano> elapsed = Clock::now() - start;
    if (elapsed >= kRepetition) return elapsed.count() / static_cast<double>(count);
    // The last, long enough run is the one that counts; those before it warm up.
    const double scale = std::chrono::duration<double, std::nano>(kRepetition) / elapsed;
    count = static_cast<std::uint64_t>(
        std::ceil(static_cast<double>(count) * std::clamp(scale * 1.1, 1.5, 100.0)));
  }
}

/// Of at least one time; changes their order.
inline std::chrono::nanoseconds percentile_99(std::span<std::chrono::nanoseconds> times) {
  const auto at = times.begin() + static_cast<std::ptrdiff_t>(times.size() * 99 / 100);
  std::ranges::nth_element(times, at);
  return *at;
}

}  // namespace hermes::bench

// What is measured while a proof runs: latencies, and the memory of this process.
#pragma once

#include "base/clock.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hermes::soak {

/// The value that `share` (0 to 1) of `values` do not exceed; zero without values. Reorders them.
[[nodiscard]] Duration percentile(std::vector<Duration>& values, double share);

/// "12.3 us", "4.56 ms".
[[nodiscard]] std::string to_text(Duration duration);
/// "+1.25 MiB".
[[nodiscard]] std::string to_mib_text(double bytes);

/// Bytes of this process that are in memory now.
[[nodiscard]] std::uint64_t resident_bytes();

/// Samples of the process's memory, and what they say: whether it is flat.
class MemoryWatch {
 public:
  /// Growth that is not taken for a leak: allocator and kernel keep some pages more or less.
  static constexpr double kAllowedGrowthBytes = 16.0 * 1024 * 1024;

  void sample() { samples_.push_back(static_cast<double>(resident_bytes())); }

  /// What the samples say without the first fifth, which is the warm-up.
  struct Verdict {
    /// Where a straight line through the samples ends, minus where it begins.
    double growth_bytes = 0;
    /// The largest sample minus the median.
    double peak_bytes = 0;
    double median_bytes = 0;
    std::size_t samples = 0;
    /// The line rises by at most kAllowedGrowthBytes.
    [[nodiscard]] bool flat() const { return growth_bytes <= kAllowedGrowthBytes; }
    [[nodiscard]] std::string text() const;
  };
  [[nodiscard]] Verdict verdict() const;

 private:
  std::vector<double> samples_;
};

}  // namespace hermes::soak

#include "measure.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace hermes::soak {

namespace {

constexpr double kMib = 1024.0 * 1024;

}  // namespace

Duration percentile(std::vector<Duration>& values, double share) {
  if (values.empty()) return Duration::zero();
  const auto index = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1));
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(index);
  std::ranges::nth_element(values, at);
  return *at;
}

std::string to_text(Duration duration) {
  const auto nanoseconds = static_cast<double>(duration.count());
  if (nanoseconds < 1e6) return fmt::format("{:.1f} us", nanoseconds / 1e3);
  return fmt::format("{:.2f} ms", nanoseconds / 1e6);
}

std::string to_mib_text(double bytes) { return fmt::format("{:+.2f} MiB", bytes / kMib); }

std::uint64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  if (!(file >> total >> resident)) return 0;
  return resident * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
}

MemoryWatch::Verdict MemoryWatch::verdict() const {
  Verdict verdict;
  const std::size_t first = samples_.size() / 5;
  std::vector<double> kept(samples_.begin() + static_cast<std::ptrdiff_t>(first), samples_.end());
  verdict.samples = kept.size();
  if (kept.size() < 2) return verdict;
  const auto count = static_cast<double>(kept.size());
  const double middle = (count - 1) / 2;
  double mean = 0;
  for (const double bytes : kept) mean += bytes / count;
  double product = 0;
  double square = 0;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const double x = static_cast<double>(i) - middle;
    product += x * (kept[i] - mean);
    square += x * x;
  }
  verdict.growth_bytes = product / square * (count - 1);
  std::ranges::sort(kept);
  verdict.median_bytes = kept[kept.size() / 2];
  verdict.peak_bytes = kept.back() - verdict.median_bytes;
  return verdict;
}

std::string MemoryWatch::Verdict::text() const {
  return fmt::format("{} over the run (median {:.0f} MiB, peak {})", to_mib_text(growth_bytes),
                     median_bytes / kMib, to_mib_text(peak_bytes));
}

}  // namespace hermes::soak

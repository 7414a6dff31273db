#include "http/request_counters.hpp"

#include "http/request.hpp"

#include <algorithm>
#include <vector>

namespace hermes::http {

std::size_t method_index(std::string_view method) {
  constexpr std::size_t kOther = kCountedMethods.size() - 1;
  const auto* const end = kCountedMethods.begin() + kOther;
  return static_cast<std::size_t>(std::find(kCountedMethods.begin(), end, method) -
                                  kCountedMethods.begin());
}

void RequestCounters::add(const Answered& answered) {
  ShardedCounters::Part part = counters_.here();
  part.add(method_index(answered.request.method) * kStatusClasses.size() +
           status_class_index(answered.status));
  part.add(kContentBytes, answered.content_bytes);
  if (answered.broken_off) part.add(kBrokenOff);
  const Duration took = std::max(answered.took, Duration::zero());
  part.add(kSum, static_cast<std::uint64_t>(took.count()));
  part.add(kBuckets + duration_bucket(took));
}

RequestCounts RequestCounters::read() const {
  const std::vector<std::uint64_t> values = counters_.read_all();
  RequestCounts counts;
  for (std::size_t method = 0; method < kCountedMethods.size(); ++method) {
    for (std::size_t status = 0; status < kStatusClasses.size(); ++status) {
      counts.requests[method][status] = values[method * kStatusClasses.size() + status];
    }
  }
  counts.content_bytes = values[kContentBytes];
  counts.broken_off = values[kBrokenOff];
  counts.took.sum_ns = values[kSum];
  for (std::size_t bucket = 0; bucket < kDurationBuckets; ++bucket) {
    counts.took.counts[bucket] = values[kBuckets + bucket];
  }
  return counts;
}

}  // namespace hermes::http

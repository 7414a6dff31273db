// How many requests there were, of what kind, and how long they took.
#pragma once

#include "base/duration_buckets.hpp"
#include "base/sharded_counters.hpp"
#include "http/shard.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hermes::http {

/// Methods that are counted apart: the last stands for all others, so that no client can make more
/// of them.
inline constexpr std::array<std::string_view, 8> kCountedMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "other"};
/// Classes of status codes: 2xx to 5xx.
inline constexpr std::array<std::string_view, 4> kStatusClasses = {"2xx", "3xx", "4xx", "5xx"};

/// The index of `method` in kCountedMethods; that of "other" for what is not there.
[[nodiscard]] std::size_t method_index(std::string_view method);
/// The index of the class of `status` in kStatusClasses. `status`: 200 to 599.
[[nodiscard]] constexpr std::size_t status_class_index(unsigned status) {
  constexpr unsigned kFirst = 2;
  const unsigned index = status / 100 < kFirst ? 0 : status / 100 - kFirst;
  return index < kStatusClasses.size() ? index : kStatusClasses.size() - 1;
}

/// What was counted, taken together once.
struct RequestCounts {
  /// By method, then by class of the status.
  std::array<std::array<std::uint64_t, kStatusClasses.size()>, kCountedMethods.size()> requests{};
  /// From the end of the fields of a request to the end of its answer.
  DurationHistogram took;
  /// Bytes of the content of answers, as sent.
  std::uint64_t content_bytes = 0;
  /// Answers that were not sent to their end.
  std::uint64_t broken_off = 0;
};

/// Counts answers. The number of counters is fixed, so is the memory: half a KiB per thread that
/// answers. Adding takes no lock and allocates nothing, but for a thread's first time. Any thread;
/// ShardedCounters says what readers see.
class RequestCounters {
 public:
  void add(const Answered& answered);
  [[nodiscard]] RequestCounts read() const;

 private:
  static constexpr std::size_t kContentBytes = kCountedMethods.size() * kStatusClasses.size();
  static constexpr std::size_t kBrokenOff = kContentBytes + 1;
  static constexpr std::size_t kSum = kContentBytes + 2;
  static constexpr std::size_t kBuckets = kContentBytes + 3;

  ShardedCounters counters_{kBuckets + kDurationBuckets};
};

}  // namespace hermes::http

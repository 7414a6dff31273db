#include "engine/metrics/family.hpp"

#include <prometheus/text_serializer.h>

#include <limits>

namespace hermes::engine {
namespace {

constexpr double kNanosecondsPerSecond = 1e9;

}  // namespace

void Family::add_value(Labels labels, double value) {
  prometheus::ClientMetric& series = family_.metric.emplace_back();
  series.label = std::move(labels);
  if (family_.type == prometheus::MetricType::Counter) {
    series.counter.value = value;
  } else {
    series.gauge.value = value;
  }
}

void Family::add(Labels labels, const DurationHistogram& histogram) {
  prometheus::ClientMetric& series = family_.metric.emplace_back();
  series.label = std::move(labels);
  series.histogram.sample_sum = static_cast<double>(histogram.sum_ns) / kNanosecondsPerSecond;
  series.histogram.bucket.reserve(kDurationBuckets);
  std::uint64_t cumulative = 0;
  for (std::size_t bucket = 0; bucket < kDurationBuckets; ++bucket) {
    cumulative += histogram.counts[bucket];
    const double bound =
        bucket < kDurationBounds
            ? static_cast<double>(duration_bound(bucket).count()) / kNanosecondsPerSecond
            : std::numeric_limits<double>::infinity();
    series.histogram.bucket.push_back({.cumulative_count = cumulative, .upper_bound = bound});
  }
  series.histogram.sample_count = cumulative;
}

std::string exposition_text(const std::vector<prometheus::MetricFamily>& families) {
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace hermes::engine

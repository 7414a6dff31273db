// Metric families as Prometheus' text format has them, put together series by series.
#pragma once

#include "app/event_counters.hpp"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::engine {

/// The labels of one series, in the order in which they are shown.
using Labels = std::vector<prometheus::ClientMetric::Label>;

/// One metric with all its series. Names follow https://prometheus.io/docs/practices/naming/.
class Family {
 public:
  Family(std::string_view name, std::string_view help, prometheus::MetricType type) {
    family_.name = name;
    family_.help = help;
    family_.type = type;
  }
  static Family counter(std::string_view name, std::string_view help) {
    return {name, help, prometheus::MetricType::Counter};
  }
  static Family gauge(std::string_view name, std::string_view help) {
    return {name, help, prometheus::MetricType::Gauge};
  }
  static Family histogram(std::string_view name, std::string_view help) {
    return {name, help, prometheus::MetricType::Histogram};
  }

  /// A series of a counter or a gauge. Above 2^53 the value is rounded.
  template <class Number>
  void add(Labels labels, Number value) {
    add_value(std::move(labels), static_cast<double>(value));
  }
  /// A series of a histogram, in seconds.
  void add(Labels labels, const DurationHistogram& histogram);

  /// The family; this object is used up.
  [[nodiscard]] prometheus::MetricFamily take() { return std::move(family_); }

 private:
  void add_value(Labels labels, double value);

  prometheus::MetricFamily family_;
};

/// The text exposition format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/).
[[nodiscard]] std::string exposition_text(const std::vector<prometheus::MetricFamily>& families);

}  // namespace hermes::engine

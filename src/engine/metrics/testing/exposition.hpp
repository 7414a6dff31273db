// Reads Prometheus' text format back, strictly, for tests.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::engine::testing {

/// A scrape. Whatever breaks a rule of the format, or of its names, is in `problems`.
struct Exposition {
  /// By name and labels as they stand there: `name{a="b"}`.
  std::map<std::string, double> values;
  /// "counter", "gauge", "histogram", by the family's name.
  std::map<std::string, std::string> types;
  std::vector<std::string> problems;

  /// The value of a series; fails loudly (NaN) where there is none.
  [[nodiscard]] double at(const std::string& series) const;
  /// All series that only go up, by name and labels: counters, and the parts of histograms.
  [[nodiscard]] std::map<std::string, double> monotonic() const;
  /// The sum of the series of `family` whose labels contain all of `labels`.
  [[nodiscard]] double sum(std::string_view family,
                           const std::vector<std::string>& labels = {}) const;
};

/// The text format, version 0.0.4: each family has its HELP and TYPE once, before its series, which
/// stand together; names and labels are well formed; no series comes twice; counters end in _total;
/// buckets are cumulative, end with +Inf, and agree with the count.
Exposition parse_exposition(std::string_view text);

}  // namespace hermes::engine::testing

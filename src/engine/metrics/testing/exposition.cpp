#include "engine/metrics/testing/exposition.hpp"

#include <cmath>
#include <limits>
#include <optional>
#include <regex>
#include <set>
#include <utility>

namespace hermes::engine::testing {
namespace {

const std::regex& name_rule() {
  static const std::regex kRule("[a-zA-Z_:][a-zA-Z0-9_:]*");
  return kRule;
}

std::string without_suffix(std::string name, std::string_view suffix) {
  if (name.ends_with(suffix)) name.resize(name.size() - suffix.size());
  return name;
}

struct Sample {
  std::string name;
  /// `{...}` as it stands there, without the label `le`; may be empty.
  std::string labels;
  std::optional<std::string> le;
  double value = 0;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Exposition run() {
    if (!text_.empty() && text_.back() != '\n') problem("the last line has no end", "");
    while (!text_.empty()) {
      const std::size_t end = text_.find('\n');
      line(text_.substr(0, end));
      text_.remove_prefix(end == std::string_view::npos ? text_.size() : end + 1);
    }
    end_histogram();
    return std::move(result_);
  }

 private:
  void problem(const std::string& what, std::string_view where) {
    result_.problems.push_back(what + ": " + std::string(where));
  }

  void line(std::string_view line) {
    if (line.empty()) return;
    if (line.starts_with("# HELP ")) return begin(line.substr(7), helped_);
    if (line.starts_with("# TYPE ")) return type(line.substr(7));
    if (line.starts_with('#')) return;
    sample(line);
  }

  void begin(std::string_view rest, std::set<std::string>& seen) {
    const std::string name(rest.substr(0, rest.find(' ')));
    if (!std::regex_match(name, name_rule())) problem("not a metric name", name);
    if (!seen.insert(name).second) problem("a family comes twice", name);
  }

  void type(std::string_view rest) {
    begin(rest, typed_);
    end_histogram();
    const std::size_t space = rest.find(' ');
    family_ = rest.substr(0, space);
    type_ = space == std::string_view::npos ? "" : rest.substr(space + 1);
    if (type_ != "counter" && type_ != "gauge" && type_ != "histogram") {
      problem("not a type", rest);
    }
    if ((type_ == "counter") != family_.ends_with("_total")) problem("a counter's name", rest);
    if (!helped_.contains(family_)) problem("no HELP", family_);
    result_.types[family_] = type_;
  }

  void sample(std::string_view line) {
    const std::optional<Sample> read = read_sample(line);
    if (!read) return problem("not a sample", line);
    const bool histogram = type_ == "histogram";
    std::string family = read->name;
    if (histogram) {
      family = without_suffix(family, "_bucket");
      family = without_suffix(family, "_count");
      family = without_suffix(family, "_sum");
    }
    if (family != family_) problem("not in its family", line);
    if (read->value < 0) problem("negative", line);
    const std::string le = read->le ? "le=" + *read->le : "";
    const std::string series = read->name + read->labels + le;
    if (!result_.values.emplace(series, read->value).second) problem("a series comes twice", line);
    if (histogram) histogram_sample(*read, line);
  }

  /// Buckets, then what belongs to them: whatever order they come in.
  void histogram_sample(const Sample& sample, std::string_view line) {
    Histogram& histogram = histograms_[sample.labels];
    if (sample.name.ends_with("_bucket")) {
      if (!sample.le) return problem("a bucket without bound", line);
      const double bound =
          *sample.le == "+Inf" ? std::numeric_limits<double>::infinity() : std::stod(*sample.le);
      if (!histogram.buckets.emplace(bound, sample.value).second) problem("a bucket twice", line);
    } else if (sample.name.ends_with("_count")) {
      histogram.count = sample.value;
    } else {
      histogram.has_sum = true;
    }
  }

  void end_histogram() {
    for (const auto& [labels, histogram] : histograms_) {
      double last = 0;
      for (const auto& [bound, count] : histogram.buckets) {
        if (count < last) problem("buckets go down", family_ + labels);
        last = count;
      }
      if (histogram.buckets.empty() || !std::isinf(histogram.buckets.rbegin()->first) ||
          histogram.count != last || !histogram.has_sum) {
        problem("an incomplete histogram", family_ + labels);
      }
    }
    histograms_.clear();
  }

  static std::optional<Sample> read_sample(std::string_view line) {
    Sample sample;
    const std::size_t name_end = line.find_first_of("{ ");
    if (name_end == std::string_view::npos) return std::nullopt;
    sample.name = line.substr(0, name_end);
    if (!std::regex_match(sample.name, name_rule())) return std::nullopt;
    line.remove_prefix(name_end);
    if (line.starts_with('{')) {
      line.remove_prefix(1);
      if (!read_labels(line, sample)) return std::nullopt;
    }
    if (!line.starts_with(' ')) return std::nullopt;
    const std::string number(line.substr(1));
    char* end = nullptr;
    sample.value = std::strtod(number.c_str(), &end);
    if (number.empty() || *end != '\0') return std::nullopt;
    return sample;
  }

  /// After "{", to after "}".
  static bool read_labels(std::string_view& line, Sample& sample) {
    static const std::regex kRule("[a-zA-Z_][a-zA-Z0-9_]*");
    std::set<std::string> names;
    while (!line.starts_with('}')) {
      const std::size_t equals = line.find("=\"");
      if (equals == std::string_view::npos) return false;
      const std::string name(line.substr(0, equals));
      if (!std::regex_match(name, kRule) || name.starts_with("__")) return false;
      if (!names.insert(name).second) return false;
      line.remove_prefix(equals + 2);
      const std::optional<std::string> value = read_value(line);
      if (!value) return false;
      if (name == "le") {
        sample.le = *value;
      } else {
        sample.labels += (sample.labels.empty() ? "{" : ",") + name + "=\"" + *value + '"';
      }
      if (line.starts_with(',')) line.remove_prefix(1);
    }
    line.remove_prefix(1);
    if (!sample.labels.empty()) sample.labels += '}';
    return true;
  }

  /// After the first quote, to after the second; escapes are undone.
  static std::optional<std::string> read_value(std::string_view& line) {
    std::string value;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '"') {
        line.remove_prefix(i + 1);
        return value;
      }
      if (line[i] != '\\') {
        value += line[i];
        continue;
      }
      if (++i == line.size()) break;
      if (line[i] != '\\' && line[i] != '"' && line[i] != 'n') return std::nullopt;
      value += line[i] == 'n' ? '\n' : line[i];
    }
    return std::nullopt;
  }

  struct Histogram {
    std::map<double, double> buckets;
    double count = -1;
    bool has_sum = false;
  };

  std::string_view text_;
  Exposition result_;
  std::set<std::string> helped_;
  std::set<std::string> typed_;
  std::string family_;
  std::string type_;
  std::map<std::string, Histogram> histograms_;
};

}  // namespace

double Exposition::at(const std::string& series) const {
  const auto found = values.find(series);
  return found == values.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

std::map<std::string, double> Exposition::monotonic() const {
  std::map<std::string, double> result;
  for (const auto& [series, value] : values) {
    std::string name = series.substr(0, series.find_first_of("{="));
    if (const auto type = types.find(name); type != types.end() && type->second == "gauge")
      continue;
    result.emplace(series, value);
  }
  return result;
}

double Exposition::sum(std::string_view family, const std::vector<std::string>& labels) const {
  double total = 0;
  for (const auto& [series, value] : values) {
    if (series.substr(0, series.find('{')) != family) continue;
    bool all = true;
    for (const std::string& label : labels) all &= series.find(label) != std::string::npos;
    if (all) total += value;
  }
  return total;
}

Exposition parse_exposition(std::string_view text) { return Parser(text).run(); }

}  // namespace hermes::engine::testing

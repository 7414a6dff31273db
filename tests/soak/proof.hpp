// What every long proof is given, and what it reports.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::soak {

/// How much of a proof is run.
struct Options {
  /// Seconds instead of minutes: what `make test` runs.
  bool brief = false;
  std::uint64_t seed = 0;
  /// Instead of the proof's own size (rounds, seconds, events).
  std::optional<std::uint64_t> size;
  /// Threads of the engine that run guests.
  std::size_t workers = 2;

  [[nodiscard]] std::uint64_t size_or(std::uint64_t full, std::uint64_t brief_size) const {
    return size.value_or(brief ? brief_size : full);
  }
};

/// What a proof has seen. Not synchronised.
class Report {
 public:
  /// "10000 rounds".
  void set_size(std::string size) { size_ = std::move(size); }
  /// A figure for people: "memory", "+0.4 MiB".
  void see(std::string what, std::string value) {
    seen_.emplace_back(std::move(what), std::move(value));
  }
  /// The proof fails, with `rule` as the reason, unless `holds`.
  void expect(bool holds, std::string rule) {
    if (!holds) failures_.push_back(std::move(rule));
  }

  [[nodiscard]] const std::vector<std::string>& failures() const { return failures_; }
  /// One JSON object: name, size, seen, failures.
  [[nodiscard]] std::string to_json(std::string_view name, const Options& options,
                                    double seconds) const;

 private:
  std::string size_;
  std::vector<std::pair<std::string, std::string>> seen_;
  std::vector<std::string> failures_;
};

/// One of the long proofs. What keeps it from running at all is a failure as well.
struct Proof {
  std::string_view name;
  /// What `size` counts.
  std::string_view unit;
  std::string_view claim;
  void (*run)(const Options& options, Report& report);
};

void prove_hostile(const Options& options, Report& report);
void prove_overload(const Options& options, Report& report);
void prove_freshness(const Options& options, Report& report);
void prove_traps(const Options& options, Report& report);

}  // namespace hermes::soak

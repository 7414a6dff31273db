// Writing a crontab expression from its parts.
#pragma once

#include "runtime_extensions/cron/fields.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

namespace hermes::ext::cron {

/// Every value of a field.
struct All {};

/// One value.
struct At {
  std::uint8_t value;
};

/// All values between the two, both included; the order of the ends does not matter.
struct Range {
  std::uint8_t from;
  std::uint8_t to;
};

using CronComponent = std::variant<All, At, Range>;
using CronTime = std::span<const CronComponent>;

/// Collects the parts of one field. Takes the same room however many parts come.
class FieldWriter {
 public:
  explicit FieldWriter(const Field& field) : field_(field) { runs_.fill(-1); }

  void add(const CronComponent& part);
  /// The text of the field.
  [[nodiscard]] std::string write() const;

 private:
  // Any field may be written with at most so many different values: the minutes have the most.
  static constexpr std::size_t kMaxValues = 60;

  const Field& field_;
  bool empty_ = true;
  bool all_ = false;
  // The longest run that starts at each value, as its last value; -1 where none starts.
  std::array<int, kMaxValues> runs_{};
};

/// Writes the expression `minute hour day month dow`; note that the parameters run the other way.
///
/// In each field: values outside of the field's range are moved to its nearest end (the day of the
/// week has 0 to 7), what a range covers is dropped, ranges that overlap are joined, the rest is
/// sorted. An empty field, and one that covers its whole range, is `*`. Cannot fail; the text is at
/// most `kMaxExpressionBytes` long, and parses to the same set of values.
std::string mkcron(CronTime dow, CronTime month, CronTime day, CronTime hour, CronTime minute);

}  // namespace hermes::ext::cron

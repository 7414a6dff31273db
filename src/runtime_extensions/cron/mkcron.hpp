// Writing a crontab expression from its parts.
#pragma once

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

/// Writes the expression `minute hour day month dow`; note that the parameters run the other way.
///
/// In each field: values outside of the field's range are moved to its nearest end (the day of the
/// week has 0 to 7), what a range covers is dropped, ranges that overlap are joined, the rest is
/// sorted. An empty field, and one that covers its whole range, is `*`. Cannot fail; the text is at
/// most `kMaxExpressionBytes` long, and parses to the same set of values.
std::string mkcron(CronTime dow, CronTime month, CronTime day, CronTime hour, CronTime minute);

}  // namespace hermes::ext::cron

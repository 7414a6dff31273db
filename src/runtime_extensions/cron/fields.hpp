// The five fields of a crontab: names, ranges, value names.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace hermes::ext::cron {

/// What one field of a crontab may hold.
struct Field {
  std::string_view name;
  unsigned first;
  /// The last value of the set.
  unsigned last;
  /// The last value that may be written: 7 for the day of the week, a second name of Sunday.
  unsigned last_written;
  /// Names of the values from `first` on; empty when the field has none.
  std::span<const std::string_view> value_names;

  constexpr unsigned size() const { return last - first + 1; }
  /// The set of all values, bit n for value n.
  constexpr std::uint64_t mask() const { return ((std::uint64_t{1} << size()) - 1) << first; }
};

inline constexpr std::array<std::string_view, 12> kMonthNames = {
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"};
inline constexpr std::array<std::string_view, 7> kWeekdayNames = {"sun", "mon", "tue", "wed",
                                                                  "thu", "fri", "sat"};

inline constexpr Field kMinuteField{"minute", 0, 59, 59, {}};
inline constexpr Field kHourField{"hour", 0, 23, 23, {}};
inline constexpr Field kDayField{"day of month", 1, 31, 31, {}};
inline constexpr Field kMonthField{"month", 1, 12, 12, kMonthNames};
inline constexpr Field kWeekdayField{"day of week", 0, 6, 7, kWeekdayNames};

}  // namespace hermes::ext::cron

// A crontab expression: parsed, printed, and asked when it matches next.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace hermes::ext::cron {

/// A point in time with the resolution of a crontab: minutes since 1970-01-01T00:00Z. Days have
/// 86400 seconds.
using Minute = std::chrono::sys_time<std::chrono::minutes>;

/// A WallTime ends in the year 2262, long before the calendar does. What lies beyond stays at its
/// end.
inline WallTime to_wall(Minute minute) {
  constexpr Minute kLast = std::chrono::floor<std::chrono::minutes>(WallTime::max());
  return minute > kLast ? WallTime::max() : WallTime{minute};
}

/// Longer expressions are refused. The longest useful one, all minutes and all days written out, is
/// about half of it.
inline constexpr std::size_t kMaxExpressionBytes = 1024;

/// `next_after` looks no further than the end of this year, so that it ends for every input.
inline constexpr int kLastYear = 9999;

/// The five fields of a crontab line, in UTC, as sets of values.
///
/// Accepted is what crontab(5) describes: `*`, values, ranges, steps (`*/n`, `a-b/n`), lists of
/// these; three-letter names for months and days of the week in any case; 7 as another Sunday; and
/// the shorthands `@yearly`, `@annually`,
/// `@monthly`, `@weekly`, `@daily`, `@midnight`, `@hourly`.
///
/// A value type; two expressions that describe the same fields compare equal however they were
/// written.
class Crontab {
 public:
  /// Reads an expression. The error names the column (from 1), the field, what was expected and
  /// what is there.
  static Result<Crontab> parse(std::string_view text);

  /// Every minute.
  Crontab() = default;

  /// The expression that matches in this one minute of each year.
  static Crontab at_minute(Minute minute);

  /// The canonical text: parsing it gives an equal value.
  std::string to_string() const;

  /// Whether the expression matches `minute`.
  bool matches(Minute minute) const;

  /// The first match later than `minute`; none when there is no such day (30 February), or not
  /// before the end of `kLastYear`. Takes microseconds at most, whatever the expression.
  std::optional<Minute> next_after(Minute minute) const;

  /// The last match that is not later than `minute`; none when there is none since the year 0.
  std::optional<Minute> last_until(Minute minute) const;

  /// How many matches are later than `after` and not later than `until`. Takes time by the number
  /// of days between, not by the number of matches.
  std::uint64_t count_between(Minute after, Minute until) const;

  /// Whether there is any day in the calendar on which the expression matches.
  bool ever_matches() const;

  friend bool operator==(const Crontab&, const Crontab&) = default;

 private:
  friend class CrontabParser;

  bool matches_day(std::chrono::sys_days date) const;
  std::uint64_t count_until(unsigned minute_of_day) const;

  // Bit n stands for value n. Sunday is bit 0 only.
  std::uint64_t minutes_ = (std::uint64_t{1} << 60) - 1;
  std::uint64_t hours_ = (std::uint64_t{1} << 24) - 1;
  std::uint64_t days_ = ((std::uint64_t{1} << 31) - 1) << 1;
  std::uint64_t months_ = ((std::uint64_t{1} << 12) - 1) << 1;
  std::uint64_t weekdays_ = (std::uint64_t{1} << 7) - 1;
  // crontab(5) calls a day field restricted when it does not start with `*`. Two restricted ones
  // are alternatives; otherwise both have to match.
  bool days_restricted_ = false;
  bool weekdays_restricted_ = false;
};

}  // namespace hermes::ext::cron

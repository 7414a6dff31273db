#include "runtime_extensions/cron/crontab.hpp"

#include "runtime_extensions/cron/fields.hpp"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cassert>
#include <utility>

namespace hermes::ext::cron {

namespace {

using std::chrono::day;
using std::chrono::days;
using std::chrono::month;
using std::chrono::sys_days;
using std::chrono::weekday;
using std::chrono::year;
using std::chrono::year_month_day;

// The Gregorian calendar, weekdays included, repeats after this many years; what does not match in
// one cycle never does.
constexpr int kCalendarCycleYears = 400;
constexpr int kFirstYear = 0;

constexpr bool has_bit(std::uint64_t set, unsigned value) { return (set >> value & 1) != 0; }

// The smallest member that is at least `from`.
std::optional<unsigned> next_bit(std::uint64_t set, unsigned from) {
  if (from >= 64) return std::nullopt;
  const std::uint64_t rest = set >> from << from;
  if (rest == 0) return std::nullopt;
  return static_cast<unsigned>(std::countr_zero(rest));
}

std::uint64_t steps_mask(const Field& field, unsigned step) {
  std::uint64_t mask = 0;
  for (unsigned value = field.first; value <= field.last; value += step) {
    mask |= std::uint64_t{1} << value;
  }
  return mask;
}

void append_part(std::string& text, std::string_view part) {
  if (!text.empty() && text.back() != ' ') text += ',';
  text += part;
}

// Runs of three and more become ranges, everything else stays a value.
void append_values(std::string& text, const Field& field, std::uint64_t set) {
  unsigned value = field.first;
  while (const std::optional<unsigned> from = next_bit(set, value)) {
    unsigned to = *from;
    while (to < field.last && has_bit(set, to + 1)) ++to;
    if (to - *from >= 2) {
      append_part(text, fmt::format("{}-{}", *from, to));
    } else {
      for (unsigned single = *from; single <= to; ++single)
        append_part(text, fmt::format("{}", single));
    }
    value = to + 1;
  }
}

void append_field(std::string& text, const Field& field, std::uint64_t set, bool restricted) {
  if (!text.empty()) text += ' ';
  if (restricted) {
    append_values(text, field, set);
    return;
  }
  if (set == field.mask()) {
    append_part(text, "*");
    return;
  }
  // A day field that starts with `*` and is not full: it came from steps, and has to start with `*`
  // again. The finest steps that fit say most; there are always some, because the coarsest consist
  // of the field's first value alone.
  for (unsigned step = 2; step <= field.size(); ++step) {
    const std::uint64_t steps = steps_mask(field, step);
    if ((steps & ~set) != 0) continue;
    append_part(text, fmt::format("*/{}", step));
    append_values(text, field, set & ~steps);
    return;
  }
  assert(!"a field that starts with * contains its first value");
}

}  // namespace

Crontab Crontab::at_minute(Minute minute) {
  const sys_days date_days = std::chrono::floor<days>(minute);
  const year_month_day date{date_days};
  const auto minute_of_day = static_cast<unsigned>((minute - date_days).count());
  Crontab result;
  result.minutes_ = std::uint64_t{1} << minute_of_day % 60;
  result.hours_ = std::uint64_t{1} << minute_of_day / 60;
  result.days_ = std::uint64_t{1} << static_cast<unsigned>(date.day());
  result.days_restricted_ = true;
  result.months_ = std::uint64_t{1} << static_cast<unsigned>(date.month());
  return result;
}

std::string Crontab::to_string() const {
  std::string text;
  // Only the day fields know whether they started with `*`; in the others a full set is written so.
  append_field(text, kMinuteField, minutes_, minutes_ != kMinuteField.mask());
  append_field(text, kHourField, hours_, hours_ != kHourField.mask());
  append_field(text, kDayField, days_, days_restricted_);
  append_field(text, kMonthField, months_, months_ != kMonthField.mask());
  append_field(text, kWeekdayField, weekdays_, weekdays_restricted_);
  return text;
}

bool Crontab::matches_day(year_month_day date, weekday weekday) const {
  if (!has_bit(months_, static_cast<unsigned>(date.month()))) return false;
  const bool day_matches = has_bit(days_, static_cast<unsigned>(date.day()));
  const bool weekday_matches = has_bit(weekdays_, weekday.c_encoding());
  if (days_restricted_ && weekdays_restricted_) return day_matches || weekday_matches;
  return day_matches && weekday_matches;
}

bool Crontab::matches(Minute minute) const {
  const sys_days date = std::chrono::floor<days>(minute);
  const auto minute_of_day = static_cast<unsigned>((minute - date).count());
  return has_bit(minutes_, minute_of_day % 60) && has_bit(hours_, minute_of_day / 60) &&
         matches_day(year_month_day{date}, weekday{date});
}

bool Crontab::ever_matches() const {
  // As an alternative, some weekday comes in every month. As a condition, each date that exists
  // falls on each weekday at some time within the calendar's cycle.
  if (days_restricted_ && weekdays_restricted_) return true;
  constexpr std::array<unsigned, 12> kLongest = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  for (unsigned index = 0; index < kLongest.size(); ++index) {
    if (!has_bit(months_, index + 1)) continue;
    if (*next_bit(days_, kDayField.first) <= kLongest[index]) return true;
  }
  return false;
}

std::optional<Minute> Crontab::next_after(Minute minute) const {
  constexpr Minute kFirst = sys_days{year{kFirstYear} / 1 / 1};
  constexpr Minute kLast = sys_days{year{kLastYear + 1} / 1 / 1} - std::chrono::minutes{1};
  if (minute >= kLast || !ever_matches()) return std::nullopt;
  // From here on all dates are inside of what <chrono> can express.
  const Minute start = minute < kFirst ? kFirst : minute + std::chrono::minutes{1};

  // First try to stay on the day of `start`.
  const sys_days start_day = std::chrono::floor<days>(start);
  if (matches_day(year_month_day{start_day}, weekday{start_day})) {
    const auto minute_of_day = static_cast<unsigned>((start - start_day).count());
    const unsigned start_hour = minute_of_day / 60;
    std::optional<unsigned> hour = next_bit(hours_, start_hour);
    if (hour == start_hour) {
      if (const auto at = next_bit(minutes_, minute_of_day % 60)) {
        return start_day + std::chrono::hours{*hour} + std::chrono::minutes{*at};
      }
      hour = next_bit(hours_, start_hour + 1);
    }
    if (hour) {
      return start_day + std::chrono::hours{*hour} +
             std::chrono::minutes{*next_bit(minutes_, kMinuteField.first)};
    }
  }

  // Then the first minute of the first later day that matches. Months that are not named are
  // skipped as a whole.
  const std::chrono::minutes first_minute =
      std::chrono::hours{*next_bit(hours_, kHourField.first)} +
      std::chrono::minutes{*next_bit(minutes_, kMinuteField.first)};
  sys_days candidate = start_day + days{1};
  const sys_days end = std::min<sys_days>(std::chrono::floor<days>(kLast),
                                          candidate + days{(kCalendarCycleYears + 1) * 366});
  while (candidate <= end) {
    const year_month_day date{candidate};
    if (!has_bit(months_, static_cast<unsigned>(date.month()))) {
      candidate = sys_days{(date.year() / date.month() + std::chrono::months{1}) / 1};
      continue;
    }
    if (matches_day(date, weekday{candidate})) return candidate + first_minute;
    candidate += days{1};
  }
  return std::nullopt;
}

}  // namespace hermes::ext::cron

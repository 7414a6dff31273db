#include "runtime_extensions/cron/crontab.hpp"

#include "runtime_extensions/cron/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <utility>

namespace hermes::ext::cron {

namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::weekday;
using std::chrono::year_month_day;

// The Gregorian calendar, weekdays included, repeats after 400 years: what does not match in one
// cycle never does.
constexpr days kCalendarCycle{146'097};

// The calendar that is searched. All of it can be expressed by <chrono>.
constexpr Minute kFirstMinute = sys_days{std::chrono::year{0} / 1 / 1};
constexpr Minute kLastMinute = sys_days{std::chrono::year{kLastYear + 1} / 1 / 1} - minutes{1};

struct Moment {
  sys_days date{};
  unsigned hour = 0;
  unsigned minute = 0;

  constexpr unsigned minute_of_day() const { return hour * 60 + minute; }
};

Moment split(Minute time) {
  const sys_days date = std::chrono::floor<days>(time);
  const auto minute_of_day = static_cast<unsigned>((time - date).count());
  return {date, minute_of_day / 60, minute_of_day % 60};
}

Minute join(const Moment& moment) { return moment.date + minutes{moment.minute_of_day()}; }

constexpr bool has_bit(std::uint64_t set, unsigned value) { return (set >> value & 1) != 0; }

// All values smaller than `value`, which is at most 63.
constexpr std::uint64_t below(unsigned value) { return (std::uint64_t{1} << value) - 1; }

// The smallest member that is at least `from`.
std::optional<unsigned> next_bit(std::uint64_t set, unsigned from) {
  const std::uint64_t rest = set & ~below(from);
  if (rest == 0) return std::nullopt;
  return static_cast<unsigned>(std::countr_zero(rest));
}

// The greatest member that is at most `to`.
std::optional<unsigned> last_bit(std::uint64_t set, unsigned to) {
  const std::uint64_t rest = set & below(to + 1);
  if (rest == 0) return std::nullopt;
  return static_cast<unsigned>(std::bit_width(rest)) - 1;
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
      for (unsigned single = *from; single <= to; ++single) {
        append_part(text, fmt::format("{}", single));
      }
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
  const Moment moment = split(minute);
  const year_month_day date{moment.date};
  Crontab result;
  result.minutes_ = std::uint64_t{1} << moment.minute;
  result.hours_ = std::uint64_t{1} << moment.hour;
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

bool Crontab::matches_day(sys_days day_of_interest) const {
  const year_month_day date{day_of_interest};
  if (!has_bit(months_, static_cast<unsigned>(date.month()))) return false;
  const bool day_matches = has_bit(days_, static_cast<unsigned>(date.day()));
  const bool weekday_matches = has_bit(weekdays_, weekday{day_of_interest}.c_encoding());
  if (days_restricted_ && weekdays_restricted_) return day_matches || weekday_matches;
  return day_matches && weekday_matches;
}

bool Crontab::matches(Minute minute) const {
  const Moment moment = split(minute);
  return has_bit(minutes_, moment.minute) && has_bit(hours_, moment.hour) &&
         matches_day(moment.date);
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
  if (minute >= kLastMinute || !ever_matches()) return std::nullopt;
  // From here on all dates are inside of what <chrono> can express.
  const Moment start = split(std::max(minute + minutes{1}, kFirstMinute));

  // First try to stay on the day of `start`.
  if (matches_day(start.date)) {
    std::optional<unsigned> hour = next_bit(hours_, start.hour);
    if (hour == start.hour) {
      if (const auto at = next_bit(minutes_, start.minute)) {
        return join({start.date, *hour, *at});
      }
      hour = next_bit(hours_, start.hour + 1);
    }
    if (hour) return join({start.date, *hour, *next_bit(minutes_, kMinuteField.first)});
  }

  // Then the first minute of the first later day that matches; months that are not named are
  // skipped as a whole.
  const sys_days end = std::min(split(kLastMinute).date, start.date + kCalendarCycle);
  sys_days date = start.date + days{1};
  while (date <= end) {
    const year_month_day ymd{date};
    if (!has_bit(months_, static_cast<unsigned>(ymd.month()))) {
      date = (ymd.year() / ymd.month() + std::chrono::months{1}) / 1;
    } else if (matches_day(date)) {
      return join(
          {date, *next_bit(hours_, kHourField.first), *next_bit(minutes_, kMinuteField.first)});
    } else {
      date += days{1};
    }
  }
  return std::nullopt;
}

std::optional<Minute> Crontab::last_until(Minute minute) const {
  if (minute < kFirstMinute || !ever_matches()) return std::nullopt;
  const Moment start = split(std::min(minute, kLastMinute));

  if (matches_day(start.date)) {
    std::optional<unsigned> hour = last_bit(hours_, start.hour);
    if (hour == start.hour) {
      if (const auto at = last_bit(minutes_, start.minute)) {
        return join({start.date, *hour, *at});
      }
      hour = start.hour == 0 ? std::nullopt : last_bit(hours_, start.hour - 1);
    }
    if (hour) return join({start.date, *hour, *last_bit(minutes_, kMinuteField.last)});
  }

  const sys_days end = std::max(split(kFirstMinute).date, start.date - kCalendarCycle);
  sys_days date = start.date - days{1};
  while (date >= end) {
    const year_month_day ymd{date};
    if (!has_bit(months_, static_cast<unsigned>(ymd.month()))) {
      date = sys_days{ymd.year() / ymd.month() / 1} - days{1};
    } else if (matches_day(date)) {
      return join(
          {date, *last_bit(hours_, kHourField.last), *last_bit(minutes_, kMinuteField.last)});
    } else {
      date -= days{1};
    }
  }
  return std::nullopt;
}

// Matches of a day that matches, in its minutes 0 to `minute_of_day`, both included.
std::uint64_t Crontab::count_until(unsigned minute_of_day) const {
  const unsigned hour = minute_of_day / 60;
  const auto per_hour = static_cast<std::uint64_t>(std::popcount(minutes_));
  std::uint64_t count = static_cast<std::uint64_t>(std::popcount(hours_ & below(hour))) * per_hour;
  if (has_bit(hours_, hour)) {
    count += static_cast<std::uint64_t>(std::popcount(minutes_ & below(minute_of_day % 60 + 1)));
  }
  return count;
}

std::uint64_t Crontab::count_between(Minute after, Minute until) const {
  constexpr unsigned kLastMinuteOfDay = 24 * 60 - 1;
  if (after >= kLastMinute) return 0;
  const Minute first = std::max(after + minutes{1}, kFirstMinute);
  const Minute last = std::min(until, kLastMinute);
  if (first > last) return 0;
  const Moment from = split(first);
  const Moment to = split(last);
  std::uint64_t count = 0;
  for (sys_days date = from.date; date <= to.date; date += days{1}) {
    if (!matches_day(date)) continue;
    count += count_until(date == to.date ? to.minute_of_day() : kLastMinuteOfDay);
    if (date == from.date && from.minute_of_day() > 0) {
      count -= count_until(from.minute_of_day() - 1);
    }
  }
  return count;
}

}  // namespace hermes::ext::cron

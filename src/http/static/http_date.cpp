#include "http/static/http_date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>

namespace hermes::http {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::year;

constexpr auto kShortDays =
    std::to_array<std::string_view>({"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"});
constexpr auto kLongDays = std::to_array<std::string_view>(
    {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"});
constexpr auto kMonths = std::to_array<std::string_view>(
    {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"});

constexpr HttpDate kFirst = std::chrono::sys_days{year{0} / 1 / 1};
constexpr HttpDate kLast = std::chrono::sys_days{year{10'000} / 1 / 1} - seconds{1};

/// Takes one thing after the other from the front of the text. After the first that is not there
/// everything fails, so that only the end has to be checked.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return good_ && text_.empty(); }

  void literal(std::string_view expected) {
    if (!text_.starts_with(expected)) return stop();
    text_.remove_prefix(expected.size());
  }

  /// Exactly `digits` digits.
  int number(std::size_t digits) {
    if (text_.size() < digits) {
      stop();
      return 0;
    }
    int value = 0;
    for (const char c : text_.substr(0, digits)) {
      if (c < '0' || c > '9') {
        stop();
        return 0;
      }
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }

  /// Two digits, or a space and one (asctime's day).
  int padded_number() {
    if (!text_.starts_with(' ')) return number(2);
    literal(" ");
    return number(1);
  }

  /// The index of the name of `names` that stands here. No name is the beginning of another.
  unsigned one_of(std::span<const std::string_view> names) {
    for (unsigned i = 0; i < names.size(); ++i) {
      if (text_.starts_with(names[i])) {
        text_.remove_prefix(names[i].size());
        return i;
      }
    }
    stop();
    return 0;
  }

 private:
  void stop() {
    good_ = false;
    text_ = {};
  }

  std::string_view text_;
  bool good_ = true;
};

struct Fields {
  int year = 0;
  unsigned month = 0;  // From 0.
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
};

void read_time(Reader& reader, Fields& fields) {
  fields.hour = reader.number(2);
  reader.literal(":");
  fields.minute = reader.number(2);
  reader.literal(":");
  fields.second = reader.number(2);
}

std::optional<HttpDate> date_of(const Fields& fields) {
  const std::chrono::year_month_day day{year{fields.year}, std::chrono::month{fields.month + 1},
                                        std::chrono::day{static_cast<unsigned>(fields.day)}};
  // A leap second is written as :60; days here have none, so it is the first of the next minute.
  if (!day.ok() || fields.hour > 23 || fields.minute > 59 || fields.second > 60) return {};
  return std::chrono::sys_days{day} + hours{fields.hour} + minutes{fields.minute} +
         seconds{fields.second};
}

std::optional<HttpDate> parse_imf_fixdate(std::string_view text) {
  Reader reader(text);
  Fields fields;
  reader.one_of(kShortDays);
  reader.literal(", ");
  fields.day = reader.number(2);
  reader.literal(" ");
  fields.month = reader.one_of(kMonths);
  reader.literal(" ");
  fields.year = reader.number(4);
  reader.literal(" ");
  read_time(reader, fields);
  reader.literal(" GMT");
  return reader.at_end() ? date_of(fields) : std::nullopt;
}

std::optional<HttpDate> parse_rfc850_date(std::string_view text, HttpDate now) {
  Reader reader(text);
  Fields fields;
  reader.one_of(kLongDays);
  reader.literal(", ");
  fields.day = reader.number(2);
  reader.literal("-");
  fields.month = reader.one_of(kMonths);
  reader.literal("-");
  const int in_century = reader.number(2);
  reader.literal(" ");
  read_time(reader, fields);
  reader.literal(" GMT");
  if (!reader.at_end()) return {};

  const std::chrono::year_month_day today{std::chrono::floor<days>(now)};
  const int this_year = static_cast<int>(today.year());
  // The latest year with these digits that is not more than 50 years ahead.
  fields.year = this_year + 50 - ((this_year + 50 - in_century) % 100 + 100) % 100;
  const auto date = date_of(fields);
  if (date && fields.year == this_year + 50) {
    // Perhaps later in that year than today is in this one.
    const auto limit = (today.year() + std::chrono::years{50}) / today.month() / today.day();
    const auto last = std::chrono::sys_days{limit} + (now - std::chrono::floor<days>(now));
    if (*date > last) {
      fields.year -= 100;
      return date_of(fields);
    }
  }
  return date;
}

std::optional<HttpDate> parse_asctime_date(std::string_view text) {
  Reader reader(text);
  Fields fields;
  reader.one_of(kShortDays);
  reader.literal(" ");
  fields.month = reader.one_of(kMonths);
  reader.literal(" ");
  fields.day = reader.padded_number();
  reader.literal(" ");
  read_time(reader, fields);
  reader.literal(" ");
  fields.year = reader.number(4);
  return reader.at_end() ? date_of(fields) : std::nullopt;
}

}  // namespace

std::string format_http_date(HttpDate date) {
  date = std::clamp(date, kFirst, kLast);
  const auto day = std::chrono::floor<days>(date);
  const std::chrono::year_month_day calendar{day};
  const std::chrono::hh_mm_ss time{date - day};
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
      kShortDays[std::chrono::weekday{day}.c_encoding()], static_cast<unsigned>(calendar.day()),
      kMonths[static_cast<unsigned>(calendar.month()) - 1], static_cast<int>(calendar.year()),
      time.hours().count(), time.minutes().count(), time.seconds().count());
}

std::optional<HttpDate> parse_http_date(std::string_view text, HttpDate now) {
  if (const auto date = parse_imf_fixdate(text)) return date;
  if (const auto date = parse_rfc850_date(text, now)) return date;
  return parse_asctime_date(text);
}

}  // namespace hermes::http

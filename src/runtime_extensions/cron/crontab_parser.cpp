// Reading a crontab expression. One pass, left to right; every refusal says where, what was
// expected, and what is there.
#include "runtime_extensions/cron/crontab.hpp"
#include "runtime_extensions/cron/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hermes::ext::cron {

namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr char to_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool equals_ignoring_case(std::string_view text, std::string_view lower) {
  return std::ranges::equal(text, lower, {}, to_lower);
}

struct Shorthand {
  std::string_view name;
  std::string_view expression;
};

constexpr std::array<Shorthand, 7> kShorthands = {{
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
    {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
}};

// What a message shows of the input: control and non-ASCII bytes as \xNN, and not too much of it.
std::string quoted(std::string_view text) {
  constexpr std::size_t kMaxShown = 64;
  std::string result = "\"";
  for (const char c : text.substr(0, kMaxShown)) {
    if (c >= 0x20 && c < 0x7f) {
      result += c;
    } else {
      result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  if (text.size() > kMaxShown) result += "...";
  return result + "\"";
}

}  // namespace

class CrontabParser {
 public:
  explicit CrontabParser(std::string_view text) : text_(text) {}

  Result<Crontab> parse() {
    if (text_.size() > kMaxExpressionBytes) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("a crontab expression may have {} bytes, this one has {}",
                              kMaxExpressionBytes, text_.size()));
    }
    skip_blanks();
    if (peek() == '@') return parse_shorthand();
    Crontab result;
    bool ignored = false;
    struct Target {
      const Field& field;
      std::uint64_t& set;
      bool& restricted;
    };
    const std::array<Target, 5> targets = {{
        {kMinuteField, result.minutes_, ignored},
        {kHourField, result.hours_, ignored},
        {kDayField, result.days_, result.days_restricted_},
        {kMonthField, result.months_, ignored},
        {kWeekdayField, result.weekdays_, result.weekdays_restricted_},
    }};
    for (const Target& target : targets) {
      if (auto read = parse_field(target.field); !read) return std::unexpected(read.error());
      target.set = set_;
      target.restricted = !starts_with_star_;
    }
    skip_blanks();
    if (position_ < text_.size()) return refuse(position_, "the end after five fields", found());
    return result;
  }

 private:
  char peek() const { return position_ < text_.size() ? text_[position_] : '\0'; }

  bool at_end_of_field() const { return position_ == text_.size() || is_blank(text_[position_]); }

  void skip_blanks() {
    while (position_ < text_.size() && is_blank(text_[position_])) ++position_;
  }

  // What stands at the position, up to the next blank or comma.
  std::string found() const {
    if (position_ == text_.size()) return "the end of the text";
    if (is_blank(text_[position_])) return "a blank";
    std::size_t end = position_ + 1;
    while (end < text_.size() && !is_blank(text_[end]) && text_[end] != ',') ++end;
    return quoted(text_.substr(position_, end - position_));
  }

  std::unexpected<Error> refuse(std::size_t position, std::string_view expected,
                                std::string_view what_is_there) const {
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("crontab expression {}, column {}{}: expected {}, found {}", quoted(text_),
                    position + 1, field_ == nullptr ? "" : fmt::format(" ({})", field_->name),
                    expected, what_is_there));
  }

  Result<Crontab> parse_shorthand() {
    const std::size_t start = position_;
    std::size_t end = position_;
    while (end < text_.size() && !is_blank(text_[end])) ++end;
    const std::string_view name = text_.substr(start, end - start);
    position_ = end;
    skip_blanks();
    if (equals_ignoring_case(name, "@reboot")) {
      return fail(ErrorCode::kInvalidArgument,
                  "crontab expression \"@reboot\": not supported; the event init comes when an "
                  "application starts");
    }
    for (const Shorthand& shorthand : kShorthands) {
      if (!equals_ignoring_case(name, shorthand.name)) continue;
      if (position_ < text_.size()) return refuse(position_, "the end after a shorthand", found());
      return CrontabParser(shorthand.expression).parse();
    }
    return refuse(start, "@yearly, @annually, @monthly, @weekly, @daily, @midnight or @hourly",
                  quoted(name));
  }

  // Fills set_ and starts_with_star_.
  Result<void> parse_field(const Field& field) {
    skip_blanks();
    field_ = &field;
    set_ = 0;
    starts_with_star_ = peek() == '*';
    if (position_ == text_.size()) {
      return refuse(position_, fmt::format("five fields; the {} is missing", field.name), found());
    }
    while (true) {
      if (auto part = parse_part(); !part) return part;
      if (at_end_of_field()) break;
      if (peek() != ',') return refuse(position_, "a comma or a blank", found());
      ++position_;
    }
    field_ = nullptr;
    return {};
  }

  // One element of a list: `*`, `*/n`, `a`, `a-b`, `a-b/n`.
  Result<void> parse_part() {
    const Field& field = *field_;
    unsigned from = field.first;
    unsigned to = field.last;
    if (peek() == '*') {
      ++position_;
      return parse_step(from, to);
    }
    const std::size_t start = position_;
    auto first = parse_value();
    if (!first) return std::unexpected(first.error());
    from = *first;
    if (peek() == '/') {
      return refuse(position_,
                    fmt::format("a range before a step (such as {}-{}/n)", from, field.last),
                    found());
    }
    if (peek() != '-') {
      add(from, from, 1);
      return {};
    }
    ++position_;
    const bool named = is_letter(peek());
    auto second = parse_value();
    if (!second) return std::unexpected(second.error());
    to = *second;
    // Named at the end of a range, Sunday is the last day of the week: sat-sun.
    if (named && &field == &kWeekdayField && to == 0 && from > 0) to = 7;
    if (to < from) {
      return refuse(start, "a range whose end is not before its start",
                    fmt::format("{}; write {}-{},{}-{} if it is to go round",
                                quoted(text_.substr(start, position_ - start)), from, field.last,
                                field.first, to));
    }
    return parse_step(from, to);
  }

  Result<void> parse_step(unsigned from, unsigned to) {
    unsigned step = 1;
    if (peek() == '/') {
      ++position_;
      const std::size_t start = position_;
      const auto expected = [this] { return fmt::format("a step from 1 to {}", field_->size()); };
      if (!is_digit(peek())) return refuse(start, expected(), found());
      step = parse_number();
      if (step < 1 || step > field_->size()) return refuse(start, expected(), written_since(start));
    }
    add(from, to, step);
    return {};
  }

  Result<unsigned> parse_value() {
    const Field& field = *field_;
    const std::size_t start = position_;
    // Put together only when it is needed: most expressions are right.
    const auto expected = [&] {
      return fmt::format("a value from {} to {}{}", field.first, field.last_written,
                         field.value_names.empty()
                             ? ""
                             : fmt::format(" or a name from {} to {}", field.value_names.front(),
                                           field.value_names.back()));
    };
    if (is_letter(peek()) && !field.value_names.empty()) {
      while (is_letter(peek())) ++position_;
      const std::string_view name = text_.substr(start, position_ - start);
      for (unsigned index = 0; index < field.value_names.size(); ++index) {
        if (equals_ignoring_case(name, field.value_names[index])) return field.first + index;
      }
      return refuse(start, expected(), quoted(name));
    }
    if (!is_digit(peek())) return refuse(start, expected(), found());
    const unsigned value = parse_number();
    if (value < field.first || value > field.last_written) {
      return refuse(start, expected(), written_since(start));
    }
    return value;
  }

  // Reads digits; stays at a value beyond every bound instead of overflowing.
  unsigned parse_number() {
    constexpr unsigned kBeyond = 100'000;
    unsigned value = 0;
    while (is_digit(peek())) {
      value = std::min(kBeyond, value * 10 + static_cast<unsigned>(peek() - '0'));
      ++position_;
    }
    return value;
  }

  std::string written_since(std::size_t start) const {
    return quoted(text_.substr(start, position_ - start));
  }

  void add(unsigned from, unsigned to, unsigned step) {
    for (unsigned value = from; value <= to; value += step) {
      // 7 is Sunday again.
      const unsigned member = value > field_->last ? field_->first : value;
      set_ |= std::uint64_t{1} << member;
    }
  }

  std::string_view text_;
  std::size_t position_ = 0;
  // The field that is being read; for messages.
  const Field* field_ = nullptr;
  std::uint64_t set_ = 0;
  bool starts_with_star_ = false;
};

Result<Crontab> Crontab::parse(std::string_view text) { return CrontabParser(text).parse(); }

}  // namespace hermes::ext::cron

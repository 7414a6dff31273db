#include "base/units.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <limits>
#include <optional>

namespace hermes {
namespace {

__extension__ using Wide = unsigned __int128;

/// A decimal number without sign or exponent, exactly: digits / 10^decimals.
struct Decimal {
  std::uint64_t digits = 0;
  unsigned decimals = 0;
};

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

constexpr std::uint64_t kKibi = 1024;
constexpr std::array kSizeUnits = {
    Unit{"", 1},
    Unit{"b", 1},
    Unit{"kib", kKibi},
    Unit{"mib", kKibi* kKibi},
    Unit{"gib", kKibi* kKibi* kKibi},
    Unit{"tib", kKibi* kKibi* kKibi* kKibi},
    Unit{"kb", 1'000},
    Unit{"mb", 1'000'000},
    Unit{"gb", 1'000'000'000},
    Unit{"tb", 1'000'000'000'000},
};
constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::array kDurationUnits = {
    Unit{"ns", 1},
    Unit{"us", 1'000},
    Unit{"ms", 1'000'000},
    Unit{"s", kSecond},
    Unit{"min", 60 * kSecond},
    Unit{"m", 60 * kSecond},
    Unit{"h", 3600 * kSecond},
    Unit{"d", 86'400 * kSecond},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal number;
  bool any = false;
  bool point = false;
  while (!text.empty() && (is_digit(text.front()) || (text.front() == '.' && !point))) {
    if (text.front() == '.') {
      point = true;
    } else {
      const auto digit = static_cast<std::uint64_t>(text.front() - '0');
      if (number.digits > (std::numeric_limits<std::uint64_t>::max() - digit) / 10)
        return std::nullopt;
      number.digits = number.digits * 10 + digit;
      if (point) ++number.decimals;
      any = true;
    }
    text.remove_prefix(1);
  }
  if (!any || number.decimals > 18) return std::nullopt;
  return number;
}

std::string take_word(std::string_view& text) {
  std::string word;
  while (!text.empty() && is_letter(text.front())) {
    word += static_cast<char>(std::tolower(static_cast<unsigned char>(text.front())));
    text.remove_prefix(1);
  }
  return word;
}

template <std::size_t N>
std::optional<std::uint64_t> factor_of(const std::array<Unit, N>& units, std::string_view name) {
  const auto* unit = std::ranges::find(units, name, &Unit::name);
  if (unit == units.end()) return std::nullopt;
  return unit->factor;
}

/// number * factor, rounded down; nullopt when it does not fit.
std::optional<std::uint64_t> scale(const Decimal& number, std::uint64_t factor) {
  Wide value = static_cast<Wide>(number.digits) * factor;
  for (unsigned i = 0; i < number.decimals; ++i) value /= 10;
  if (value > std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

Error bad_size(std::string_view text) {
  return {
      ErrorCode::kInvalidArgument,
      fmt::format("\"{}\" is not a size: write a number and a unit, such as 64KiB, 1.5GiB or 2MB",
                  printable(text))};
}

Error bad_duration(std::string_view text) {
  return {ErrorCode::kInvalidArgument,
          fmt::format(
              "\"{}\" is not a duration: write numbers with units, such as 250ms, 1.5s or 1h30m",
              printable(text))};
}

}  // namespace

Result<std::uint64_t> parse_size(std::string_view text) {
  std::string_view rest = text;
  skip_blanks(rest);
  const std::optional<Decimal> number = take_decimal(rest);
  if (!number) return std::unexpected(bad_size(text));
  skip_blanks(rest);
  const std::string unit = take_word(rest);
  skip_blanks(rest);
  const std::optional<std::uint64_t> factor = factor_of(kSizeUnits, unit);
  if (!factor || !rest.empty()) return std::unexpected(bad_size(text));
  const std::optional<std::uint64_t> bytes = scale(*number, *factor);
  if (!bytes) return std::unexpected(bad_size(text));
  return *bytes;
}

Result<Duration> parse_duration(std::string_view text) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::string_view rest = text;
  std::uint64_t total = 0;
  bool any = false;
  for (skip_blanks(rest); !rest.empty(); skip_blanks(rest)) {
    const std::optional<Decimal> number = take_decimal(rest);
    if (!number) return std::unexpected(bad_duration(text));
    skip_blanks(rest);
    const std::string name = take_word(rest);
    std::optional<std::uint64_t> factor = factor_of(kDurationUnits, name);
    if (name.empty() && number->digits == 0 && rest.empty() && !any) factor = 1;
    if (!factor) return std::unexpected(bad_duration(text));
    const std::optional<std::uint64_t> part = scale(*number, *factor);
    if (!part || *part > kMax - total) return std::unexpected(bad_duration(text));
    total += *part;
    any = true;
  }
  if (!any) return std::unexpected(bad_duration(text));
  return Duration{static_cast<std::int64_t>(total)};
}

std::string format_size(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 5> kNames = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  std::uint64_t factor = 1;
  while (unit + 1 < kNames.size() && bytes / factor >= kKibi) {
    factor *= kKibi;
    ++unit;
  }
  if (bytes % factor == 0) return fmt::format("{} {}", bytes / factor, kNames[unit]);
  const double value = static_cast<double>(bytes) / static_cast<double>(factor);
  return fmt::format("{:.1f} {}", value, kNames[unit]);
}

std::string format_duration(Duration duration) {
  struct Step {
    double from;
    double factor;
    std::string_view name;
  };
  static constexpr std::array<Step, 6> kSteps = {{{3600e9, 3600e9, "h"},
                                                  {60e9, 60e9, "min"},
                                                  {1e9, 1e9, "s"},
                                                  {1e6, 1e6, "ms"},
                                                  {1e3, 1e3, "us"},
                                                  {0, 1, "ns"}}};
  const auto count = static_cast<double>(duration.count());
  const double magnitude = std::abs(count);
  // 0.9995 of a unit would be printed as 1000 of the one below.
  const auto* step =
      std::ranges::find_if(kSteps, [&](const Step& s) { return magnitude >= s.from * 0.9995; });
  return fmt::format("{:.3g} {}", count / step->factor, step->name);
}

}  // namespace hermes

#include "runtime_extensions/cron/mkcron.hpp"

#include "runtime_extensions/cron/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace hermes::ext::cron {

namespace {

// How many different values any field may be written with: the minutes have the most.
constexpr std::size_t kMaxValues = 60;

// The longest run that starts at each value, as its last value; -1 where none starts. Bounded
// however many parts come.
using Runs = std::array<int, kMaxValues>;

void note(Runs& runs, const Field& field, unsigned from, unsigned to) {
  from = std::clamp(from, field.first, field.last_written);
  to = std::clamp(to, field.first, field.last_written);
  if (to < from) std::swap(from, to);
  runs[from] = std::max(runs[from], static_cast<int>(to));
}

std::uint64_t values(unsigned from, unsigned to) {
  return ((std::uint64_t{1} << (to - from + 1)) - 1) << from;
}

std::string write_field(const Field& field, CronTime parts) {
  Runs runs;
  runs.fill(-1);
  bool all = parts.empty();
  for (const CronComponent& part : parts) {
    if (std::holds_alternative<All>(part)) all = true;
    if (const auto* at = std::get_if<At>(&part)) note(runs, field, at->value, at->value);
    if (const auto* range = std::get_if<Range>(&part)) note(runs, field, range->from, range->to);
  }
  if (all) return "*";
  // 0 alone says nothing new where a range reaches 7: both are Sunday.
  if (field.last_written > field.last && runs[field.first] == static_cast<int>(field.first)) {
    const auto reaches_seven = [&](int to) { return to == static_cast<int>(field.last_written); };
    if (std::any_of(runs.begin(), runs.begin() + field.last_written, reaches_seven))
      runs[field.first] = -1;
  }

  std::string text;
  std::uint64_t covered = 0;
  unsigned from = field.first;
  while (from <= field.last_written) {
    if (runs[from] < 0) {
      ++from;
      continue;
    }
    // A run takes in every other one that starts inside of it.
    unsigned to = static_cast<unsigned>(runs[from]);
    for (unsigned inside = from + 1; inside <= to; ++inside) {
      to = std::max(to, static_cast<unsigned>(std::max(runs[inside], 0)));
    }
    covered |= values(from, to);
    // 7 alone says nothing new where 0 is there already: both are Sunday.
    const bool repeats_first = from > field.last && (covered >> field.first & 1) != 0;
    if (!repeats_first) {
      if (!text.empty()) text += ',';
      text += from == to ? fmt::format("{}", from) : fmt::format("{}-{}", from, to);
    }
    from = to + 1;
  }
  if (field.last_written > field.last && (covered >> field.last_written & 1) != 0) {
    covered |= std::uint64_t{1} << field.first;
  }
  return (covered & field.mask()) == field.mask() ? "*" : text;
}

}  // namespace

std::string mkcron(CronTime dow, CronTime month, CronTime day, CronTime hour, CronTime minute) {
  return fmt::format("{} {} {} {} {}", write_field(kMinuteField, minute),
                     write_field(kHourField, hour), write_field(kDayField, day),
                     write_field(kMonthField, month), write_field(kWeekdayField, dow));
}

}  // namespace hermes::ext::cron

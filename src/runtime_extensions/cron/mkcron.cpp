#include "runtime_extensions/cron/mkcron.hpp"

#include "runtime_extensions/cron/fields.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>

namespace hermes::ext::cron {

namespace {

std::uint64_t values(unsigned from, unsigned to) {
  return ((std::uint64_t{1} << (to - from + 1)) - 1) << from;
}

std::string write_field(const Field& field, CronTime parts) {
  FieldWriter writer(field);
  for (const CronComponent& part : parts) writer.add(part);
  return writer.write();
}

}  // namespace

void FieldWriter::add(const CronComponent& part) {
  empty_ = false;
  unsigned from = 0;
  unsigned to = 0;
  if (std::holds_alternative<All>(part)) {
    all_ = true;
    return;
  }
  if (const auto* at = std::get_if<At>(&part)) {
    from = to = at->value;
  } else {
    const auto& range = std::get<Range>(part);
    from = std::min(range.from, range.to);
    to = std::max(range.from, range.to);
  }
  from = std::clamp(from, field_.first, field_.last_written);
  to = std::clamp(to, field_.first, field_.last_written);
  runs_[from] = std::max(runs_[from], static_cast<int>(to));
}

std::string FieldWriter::write() const {
  if (empty_ || all_) return "*";
  const bool two_sundays = field_.last_written > field_.last;
  auto runs = runs_;
  // 0 alone says nothing new where a range reaches 7: both are Sunday.
  if (two_sundays && runs[field_.first] == static_cast<int>(field_.first)) {
    const auto reaches_seven = [&](int to) { return to == static_cast<int>(field_.last_written); };
    if (std::any_of(runs.begin(), runs.begin() + field_.last_written, reaches_seven)) {
      runs[field_.first] = -1;
    }
  }

  std::string text;
  std::uint64_t covered = 0;
  unsigned from = field_.first;
  while (from <= field_.last_written) {
    if (runs[from] < 0) {
      ++from;
      continue;
    }
    // A run takes in every other one that starts inside of it.
    auto to = static_cast<unsigned>(runs[from]);
    for (unsigned inside = from + 1; inside <= to; ++inside) {
      to = std::max(to, static_cast<unsigned>(std::max(runs[inside], 0)));
    }
    covered |= values(from, to);
    // 7 alone says nothing new where 0 is there already.
    const bool repeats_first = from > field_.last && (covered >> field_.first & 1) != 0;
    if (!repeats_first) {
      if (!text.empty()) text += ',';
      text += from == to ? fmt::format("{}", from) : fmt::format("{}-{}", from, to);
    }
    from = to + 1;
  }
  if (two_sundays && (covered >> field_.last_written & 1) != 0) {
    covered |= std::uint64_t{1} << field_.first;
  }
  return (covered & field_.mask()) == field_.mask() ? "*" : text;
}

std::string mkcron(CronTime dow, CronTime month, CronTime day, CronTime hour, CronTime minute) {
  return fmt::format("{} {} {} {} {}", write_field(kMinuteField, minute),
                     write_field(kHourField, hour), write_field(kDayField, day),
                     write_field(kMonthField, month), write_field(kWeekdayField, dow));
}

}  // namespace hermes::ext::cron

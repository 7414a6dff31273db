#include "runtime_extensions/cron/mkcron.hpp"

#include "runtime_extensions/cron/crontab.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

namespace hermes::ext::cron {
namespace {

using Parts = std::vector<CronComponent>;

struct FieldCase {
  Parts parts;
  std::string_view minute;
  std::string_view day;
  std::string_view dow;
};

class MkcronField : public testing::TestWithParam<FieldCase> {};

TEST_P(MkcronField, ClampsDropsAndJoins) {
  const FieldCase& field = GetParam();
  EXPECT_EQ(mkcron({}, {}, {}, {}, field.parts), std::string(field.minute) + " * * * *");
  EXPECT_EQ(mkcron({}, {}, field.parts, {}, {}), "* * " + std::string(field.day) + " * *");
  EXPECT_EQ(mkcron(field.parts, {}, {}, {}, {}), "* * * * " + std::string(field.dow));
}

INSTANTIATE_TEST_SUITE_P(
    Fields, MkcronField,
    testing::Values(FieldCase{{}, "*", "*", "*"}, FieldCase{{All{}}, "*", "*", "*"},
                    FieldCase{{At{3}, All{}}, "*", "*", "*"}, FieldCase{{At{3}}, "3", "3", "3"},
                    FieldCase{{At{5}, At{3}, At{5}}, "3,5", "3,5", "3,5"},
                    // Clamped to the nearest end of the field.
                    FieldCase{{At{0}}, "0", "1", "0"}, FieldCase{{At{255}}, "59", "31", "7"},
                    FieldCase{{Range{2, 255}}, "2-59", "2-31", "2-7"},
                    // A value inside of a range is redundant.
                    FieldCase{{At{3}, Range{2, 4}}, "2-4", "2-4", "2-4"},
                    FieldCase{{Range{2, 4}, At{4}, At{2}}, "2-4", "2-4", "2-4"},
                    // Ranges that overlap are joined; ones that only touch are not.
                    FieldCase{{Range{3, 6}, Range{2, 4}}, "2-6", "2-6", "2-6"},
                    FieldCase{{Range{1, 6}, Range{2, 3}}, "1-6", "1-6", "1-6"},
                    FieldCase{{Range{1, 3}, Range{3, 4}, Range{4, 5}}, "1-5", "1-5", "1-5"},
                    FieldCase{{Range{1, 2}, Range{3, 4}}, "1-2,3-4", "1-2,3-4", "1-2,3-4"},
                    // A range of one value is a value; ends in the wrong order are put right.
                    FieldCase{{Range{4, 4}}, "4", "4", "4"},
                    FieldCase{{Range{5, 2}}, "2-5", "2-5", "2-5"},
                    // What covers the whole range is `*`.
                    FieldCase{{Range{0, 255}}, "*", "*", "*"},
                    FieldCase{{Range{0, 30}, Range{31, 59}}, "*", "*", "*"},
                    // 0 and 7 are both Sunday.
                    FieldCase{{At{0}, At{7}}, "0,7", "1,7", "0"},
                    FieldCase{{Range{1, 7}}, "1-7", "1-7", "*"},
                    FieldCase{{At{0}, Range{5, 7}}, "0,5-7", "1,5-7", "5-7"},
                    FieldCase{{Range{0, 2}, At{7}}, "0-2,7", "1-2,7", "0-2"}));

TEST(Mkcron, WritesTheFieldsInTheOrderOfACrontab) {
  const Parts dow = {At{1}};
  const Parts month = {At{2}};
  const Parts day = {At{3}};
  const Parts hour = {At{4}};
  const Parts minute = {At{5}};
  EXPECT_EQ(mkcron(dow, month, day, hour, minute), "5 4 3 2 1");
  EXPECT_EQ(mkcron({}, {}, {}, {}, {}), "* * * * *");
}

rc::Gen<Parts> any_parts() {
  const auto value = rc::gen::weightedOneOf<std::uint8_t>(
      {{5, rc::gen::inRange<std::uint8_t>(0, 62)}, {1, rc::gen::arbitrary<std::uint8_t>()}});
  return rc::gen::container<Parts>(rc::gen::weightedOneOf<CronComponent>(
      {{1, rc::gen::just<CronComponent>(All{})},
       {8, rc::gen::map(value, [](std::uint8_t v) -> CronComponent { return At{v}; })},
       {8, rc::gen::map(rc::gen::pair(value, value),
                        [](std::pair<std::uint8_t, std::uint8_t> ends) -> CronComponent {
                          return Range{ends.first, ends.second};
                        })}}));
}

// What the parts mean, by definition and one value at a time.
std::set<unsigned> meaning(const Parts& parts, unsigned first, unsigned last) {
  std::set<unsigned> result;
  const auto add_range = [&](unsigned a, unsigned b) {
    a = std::clamp(a, first, last);
    b = std::clamp(b, first, last);
    for (unsigned value = std::min(a, b); value <= std::max(a, b); ++value) result.insert(value);
  };
  if (parts.empty()) add_range(first, last);
  for (const CronComponent& part : parts) {
    if (std::holds_alternative<All>(part)) add_range(first, last);
    if (const auto* at = std::get_if<At>(&part)) add_range(at->value, at->value);
    if (const auto* range = std::get_if<Range>(&part)) add_range(range->from, range->to);
  }
  return result;
}

std::set<unsigned> sundays_joined(std::set<unsigned> weekdays) {
  if (weekdays.erase(7) != 0) weekdays.insert(0);
  return weekdays;
}

TEST(MkcronProperty, WhatIsWrittenParsesToTheSameSets) {
  EXPECT_TRUE(rc::check([] {
    const Parts dow = *any_parts();
    const Parts month = *any_parts();
    const Parts day = *any_parts();
    const Parts hour = *any_parts();
    const Parts minute = *any_parts();
    const std::string text = mkcron(dow, month, day, hour, minute);
    RC_ASSERT(text.size() <= kMaxExpressionBytes);
    const auto crontab = Crontab::parse(text);
    RC_ASSERT(crontab.has_value());

    const auto minutes = meaning(minute, 0, 59);
    const auto hours = meaning(hour, 0, 23);
    const auto days = meaning(day, 1, 31);
    const auto months = meaning(month, 1, 12);
    const auto weekdays = sundays_joined(meaning(dow, 0, 7));
    const bool either = days.size() < 31 && weekdays.size() < 7;
    // One date for each combination of month, day and weekday that a year and a half has, and all
    // minutes of it.
    using std::chrono::sys_days;
    const sys_days start = std::chrono::year{2023} / 1 / 1;
    for (int offset = 0; offset < 540; offset += 7) {
      const sys_days date = start + std::chrono::days{offset + offset / 7 % 7};
      const std::chrono::year_month_day ymd{date};
      const bool day_in = days.contains(static_cast<unsigned>(ymd.day()));
      const bool weekday_in = weekdays.contains(std::chrono::weekday{date}.c_encoding());
      const bool date_in = months.contains(static_cast<unsigned>(ymd.month())) &&
                           (either ? day_in || weekday_in : day_in && weekday_in);
      for (int minute_of_day = 0; minute_of_day < 1440; minute_of_day += 7) {
        const bool expected = date_in &&
                              hours.contains(static_cast<unsigned>(minute_of_day / 60)) &&
                              minutes.contains(static_cast<unsigned>(minute_of_day % 60));
        RC_ASSERT(crontab->matches(date + std::chrono::minutes{minute_of_day}) == expected);
      }
    }
  }));
}

}  // namespace
}  // namespace hermes::ext::cron

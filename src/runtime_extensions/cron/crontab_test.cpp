#include "runtime_extensions/cron/crontab.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <random>
#include <string>
#include <vector>

namespace hermes::ext::cron {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;

Minute at(int year, unsigned month, unsigned day, int hour = 0, int minute = 0) {
  return sys_days{std::chrono::year{year} / static_cast<int>(month) / static_cast<int>(day)} +
         std::chrono::hours{hour} + std::chrono::minutes{minute};
}

Crontab must_parse(std::string_view text) {
  auto parsed = Crontab::parse(text);
  EXPECT_TRUE(parsed) << text << ": " << (parsed ? "" : parsed.error().message);
  return parsed.value_or(Crontab{});
}

// ------------------------------------------------------------------------------------------------
// reading and printing

struct CanonicalCase {
  std::string_view text;
  std::string_view canonical;
};

class CrontabCanonical : public testing::TestWithParam<CanonicalCase> {};

TEST_P(CrontabCanonical, PrintsWhatItMeans) {
  EXPECT_EQ(must_parse(GetParam().text).to_string(), GetParam().canonical);
}

INSTANTIATE_TEST_SUITE_P(
    Expressions, CrontabCanonical,
    testing::Values(
        CanonicalCase{"* * * * *", "* * * * *"}, CanonicalCase{"  0\t0 1  1 * ", "0 0 1 1 *"},
        CanonicalCase{"*/15 * * * *", "0,15,30,45 * * * *"},
        CanonicalCase{"0-59 0-23 * 1-12 *", "* * * * *"},
        CanonicalCase{"1,2,3,5,7,8 * * * *", "1-3,5,7,8 * * * *"},
        CanonicalCase{"10-20/5 * * * *", "10,15,20 * * * *"},
        CanonicalCase{"0 0 * JAN-mar Mon-FRI", "0 0 * 1-3 1-5"},
        CanonicalCase{"0 0 * * 7", "0 0 * * 0"}, CanonicalCase{"0 0 * * 5-7", "0 0 * * 0,5,6"},
        CanonicalCase{"0 0 * * sat-sun", "0 0 * * 0,6"},
        CanonicalCase{"0 0 * * sun-tue", "0 0 * * 0-2"},
        CanonicalCase{"0 0 * * 1-7", "0 0 * * 0-6"}, CanonicalCase{"0 0 1-31 * *", "0 0 1-31 * *"},
        CanonicalCase{"0 0 */2 * *", "0 0 */2 * *"}, CanonicalCase{"0 0 */31 * *", "0 0 */31 * *"},
        CanonicalCase{"0 0 */10,5 * *", "0 0 */10,5 * *"},
        CanonicalCase{"0 0 * * */2", "0 0 * * */2"}, CanonicalCase{"0 0 *,3 * *", "0 0 * * *"},
        CanonicalCase{"0 0 3,* * *", "0 0 1-31 * *"},
        CanonicalCase{"007 08 09 010 05", "7 8 9 10 5"}, CanonicalCase{"@hourly", "0 * * * *"},
        CanonicalCase{"@daily", "0 0 * * *"}, CanonicalCase{"@midnight", "0 0 * * *"},
        CanonicalCase{"@weekly", "0 0 * * 0"}, CanonicalCase{"@monthly", "0 0 1 * *"},
        CanonicalCase{"@yearly", "0 0 1 1 *"}, CanonicalCase{" @Annually ", "0 0 1 1 *"}));

struct RefusedCase {
  std::string_view text;
  std::string_view message;
};

class CrontabRefused : public testing::TestWithParam<RefusedCase> {};

TEST_P(CrontabRefused, SaysWhereAndWhatWasExpected) {
  const auto parsed = Crontab::parse(GetParam().text);
  ASSERT_FALSE(parsed) << parsed->to_string();
  EXPECT_EQ(parsed.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(parsed.error().message, GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Expressions, CrontabRefused,
    testing::Values(
        RefusedCase{"",
                    "crontab expression \"\", column 1 (minute): expected five fields; the minute "
                    "is missing, "
                    "found the end of the text"},
        RefusedCase{
            "* * * *",
            "crontab expression \"* * * *\", column 8 (day of week): expected five fields; the "
            "day of week is missing, found the end of the text"},
        RefusedCase{"* * * * * *",
                    "crontab expression \"* * * * * *\", column 11: expected the end after five "
                    "fields, found \"*\""},
        RefusedCase{"60 * * * *",
                    "crontab expression \"60 * * * *\", column 1 (minute): expected a value from 0 "
                    "to 59, found \"60\""},
        RefusedCase{"* 24 * * *",
                    "crontab expression \"* 24 * * *\", column 3 (hour): expected a value from 0 "
                    "to 23, found \"24\""},
        RefusedCase{
            "* * 0 * *",
            "crontab expression \"* * 0 * *\", column 5 (day of month): expected a value from 1 to "
            "31, found \"0\""},
        RefusedCase{
            "* * * 13 *",
            "crontab expression \"* * * 13 *\", column 7 (month): expected a value from 1 to 12 or "
            "a name from jan to dec, found \"13\""},
        RefusedCase{
            "* * * * monday",
            "crontab expression \"* * * * monday\", column 9 (day of week): expected a value "
            "from 0 to 7 or a name from sun to sat, found \"monday\""},
        RefusedCase{"* * * * 8",
                    "crontab expression \"* * * * 8\", column 9 (day of week): expected a value "
                    "from 0 to 7 "
                    "or a name from sun to sat, found \"8\""},
        RefusedCase{"*/0 * * * *",
                    "crontab expression \"*/0 * * * *\", column 3 (minute): expected a step from 1 "
                    "to 60, found \"0\""},
        RefusedCase{"* */25 * * *",
                    "crontab expression \"* */25 * * *\", column 5 (hour): expected a step from 1 "
                    "to 24, found \"25\""},
        RefusedCase{"*/ * * * *",
                    "crontab expression \"*/ * * * *\", column 3 (minute): expected a step from 1 "
                    "to 60, found a blank"},
        RefusedCase{
            "5/10 * * * *",
            "crontab expression \"5/10 * * * *\", column 2 (minute): expected a range before a "
            "step (such as 5-59/n), found \"/10\""},
        RefusedCase{"* 22-2 * * *",
                    "crontab expression \"* 22-2 * * *\", column 3 (hour): expected a range whose "
                    "end is not before its "
                    "start, found \"22-2\"; write 22-23,0-2 if it is to go round"},
        RefusedCase{"1, * * * *",
                    "crontab expression \"1, * * * *\", column 3 (minute): expected a value from 0 "
                    "to 59, found a blank"},
        RefusedCase{"-1 * * * *",
                    "crontab expression \"-1 * * * *\", column 1 (minute): expected a value from 0 "
                    "to 59, found \"-1\""},
        RefusedCase{"1x * * * *",
                    "crontab expression \"1x * * * *\", column 2 (minute): expected a comma or a "
                    "blank, found \"x\""},
        RefusedCase{"99999999999999999999 * * * *",
                    "crontab expression \"99999999999999999999 * * * *\", column 1 (minute): "
                    "expected a value from 0 to "
                    "59, found \"99999999999999999999\""},
        RefusedCase{"@fortnightly",
                    "crontab expression \"@fortnightly\", column 1: expected @yearly, @annually, "
                    "@monthly, @weekly, @daily, @midnight or @hourly, found \"@fortnightly\""},
        RefusedCase{"@daily 5",
                    "crontab expression \"@daily 5\", column 8: expected the end after a "
                    "shorthand, found \"5\""},
        RefusedCase{"@reboot",
                    "crontab expression \"@reboot\": not supported; the event init comes when an "
                    "application "
                    "starts"},
        RefusedCase{"\x1b[2J",
                    "crontab expression \"\\x1b[2J\", column 1 (minute): expected a value from 0 "
                    "to 59, found "
                    "\"\\x1b[2J\""}));

TEST(Crontab, RefusesWhatIsTooLongWithoutReadingIt) {
  const std::string text(kMaxExpressionBytes + 1, ' ');
  const auto parsed = Crontab::parse(text);
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().message, "a crontab expression may have 1024 bytes, this one has 1025");
}

// ----------------------------------------------------------------------------------------------------
// next occurrence

struct NextCase {
  std::string_view text;
  Minute from;
  std::vector<Minute> next;
};

class CrontabNext : public testing::TestWithParam<NextCase> {};

TEST_P(CrontabNext, FindsEachInTurn) {
  const Crontab crontab = must_parse(GetParam().text);
  Minute now = GetParam().from;
  for (const Minute expected : GetParam().next) {
    const auto next = crontab.next_after(now);
    ASSERT_TRUE(next);
    EXPECT_EQ(*next, expected) << GetParam().text << " after " << now.time_since_epoch().count();
    now = *next;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Expressions, CrontabNext,
    testing::Values(
        NextCase{"* * * * *", at(2024, 12, 31, 23, 58), {at(2024, 12, 31, 23, 59), at(2025, 1, 1)}},
        // 29 February: the century that is no leap year is skipped.
        NextCase{"0 0 29 2 *", at(2024, 2, 29), {at(2028, 2, 29), at(2032, 2, 29)}},
        NextCase{"0 0 29 2 *", at(2096, 2, 29), {at(2104, 2, 29)}},
        // The 31st: months without one are skipped.
        NextCase{"30 4 31 * *",
                 at(2025, 1, 31, 4, 30),
                 {at(2025, 3, 31, 4, 30), at(2025, 5, 31, 4, 30)}},
        // Both day fields restricted: either is enough. 13 June 2025 is a Friday.
        NextCase{"0 0 13 * 5",
                 at(2025, 6, 6),
                 {at(2025, 6, 13), at(2025, 6, 20), at(2025, 6, 27), at(2025, 7, 4),
                  at(2025, 7, 11), at(2025, 7, 13)}},
        // A day field that starts with * is a condition: odd days that are Mondays.
        NextCase{"0 0 */2 * 1", at(2025, 6, 1), {at(2025, 6, 9), at(2025, 6, 23), at(2025, 7, 7)}},
        // 30 February as an alternative to Mondays in February.
        NextCase{"0 0 30 2 1", at(2025, 2, 20), {at(2025, 2, 24), at(2026, 2, 2)}},
        // 29 February on a Saturday or Sunday, by condition.
        NextCase{"0 0 29 2 */6", at(2024, 3, 1), {at(2032, 2, 29), at(2048, 2, 29)}},
        NextCase{"0 12 * * 7", at(2025, 6, 1, 12), {at(2025, 6, 8, 12)}},
        NextCase{
            "59 23 31 12 *", at(1969, 6, 1), {at(1969, 12, 31, 23, 59), at(1970, 12, 31, 23, 59)}},
        NextCase{"5,10 8-9 * * *",
                 at(2025, 1, 1, 8, 5),
                 {at(2025, 1, 1, 8, 10), at(2025, 1, 1, 9, 5), at(2025, 1, 1, 9, 10),
                  at(2025, 1, 2, 8, 5)}}));

TEST(Crontab, WhatNeverComesIsNever) {
  for (const std::string_view text :
       {"0 0 30 2 *", "0 0 31 4,6,9,11 *", "* * 30,31 feb *", "0 0 31 2 */2"}) {
    const Crontab crontab = must_parse(text);
    EXPECT_FALSE(crontab.ever_matches()) << text;
    EXPECT_EQ(crontab.next_after(at(2025, 1, 1)), std::nullopt) << text;
  }
  EXPECT_TRUE(must_parse("0 0 30 2 1").ever_matches());
}

TEST(Crontab, EndsAtTheEdgesOfTheCalendar) {
  const Crontab every = must_parse("* * * * *");
  EXPECT_EQ(every.next_after(at(9999, 12, 31, 23, 58)), at(9999, 12, 31, 23, 59));
  EXPECT_EQ(every.next_after(at(9999, 12, 31, 23, 59)), std::nullopt);
  EXPECT_EQ(every.next_after(Minute::max()), std::nullopt);
  EXPECT_EQ(every.next_after(Minute::min()), at(0, 1, 1));
  EXPECT_EQ(must_parse("0 0 29 2 *").next_after(at(9997, 1, 1)), std::nullopt);
  EXPECT_EQ(every.last_until(at(0, 1, 1)), at(0, 1, 1));
  EXPECT_EQ(every.last_until(at(0, 1, 1) - 1min), std::nullopt);
  EXPECT_EQ(every.last_until(Minute::max()), at(9999, 12, 31, 23, 59));
  EXPECT_EQ(every.count_between(at(9999, 12, 31, 23, 50), Minute::max()), 9);
  EXPECT_EQ(every.count_between(Minute::max(), Minute::max()), 0);
  EXPECT_EQ(must_parse("0 0 * * *").count_between(at(2000, 1, 1), at(2400, 1, 1)), 146'097);
}

// -----------------------------------------------------------------------------------------------------------
// properties

// The set of a field, written in one of the many possible ways.
rc::Gen<std::string> field_text(unsigned first, unsigned last, unsigned steps) {
  const auto value = rc::gen::inRange(first, last + 1);
  const auto part = rc::gen::oneOf(
      rc::gen::map(value, [](unsigned v) { return std::to_string(v); }),
      rc::gen::map(rc::gen::pair(value, value),
                   [](std::pair<unsigned, unsigned> ends) {
                     const auto [low, high] = std::minmax(ends.first, ends.second);
                     return std::to_string(low) + "-" + std::to_string(high);
                   }),
      rc::gen::map(rc::gen::inRange(1U, steps + 1),
                   [](unsigned step) { return "*/" + std::to_string(step); }),
      rc::gen::map(rc::gen::tuple(value, value, rc::gen::inRange(1U, steps + 1)),
                   [](const std::tuple<unsigned, unsigned, unsigned>& range) {
                     const auto [low, high] = std::minmax(std::get<0>(range), std::get<1>(range));
                     return std::to_string(low) + "-" + std::to_string(high) + "/" +
                            std::to_string(std::get<2>(range));
                   }),
      rc::gen::just(std::string("*")));
  const auto list = rc::gen::map(
      rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 4),
                      [part](std::size_t count) {
                        return rc::gen::container<std::vector<std::string>>(count, part);
                      }),
      [](const std::vector<std::string>& parts) {
        std::string text;
        for (const std::string& each : parts) text += (text.empty() ? "" : ",") + each;
        return text;
      });
  // Every other field is unrestricted, so that all combinations of the day fields come up.
  return rc::gen::weightedOneOf<std::string>({{1, rc::gen::just(std::string("*"))}, {1, list}});
}

rc::Gen<std::string> expression_text() {
  return rc::gen::map(
      rc::gen::tuple(field_text(0, 59, 60), field_text(0, 23, 24), field_text(1, 31, 31),
                     field_text(1, 12, 12), field_text(0, 7, 7)),
      [](const auto& fields) {
        return std::apply(
            [](const auto&... field) {
              std::string text;
              ((text += (text.empty() ? "" : " ") + field), ...);
              return text;
            },
            fields);
      });
}

rc::Gen<Minute> any_minute() {
  // 1960 to 2160: seven leap centuries' worth of edges at this scale would not find more.
  return rc::gen::map(rc::gen::inRange<std::int64_t>(-5'260'000, 100'000'000),
                      [](std::int64_t count) { return Minute{std::chrono::minutes{count}}; });
}

void expect_property(bool passed) {
  EXPECT_TRUE(passed) << "RapidCheck prints the counterexample and its seed above.";
}

TEST(CrontabProperty, ParsingWhatIsPrintedGivesTheSame) {
  expect_property(rc::check([] {
    const std::string text = *expression_text();
    const auto parsed = Crontab::parse(text);
    RC_ASSERT(parsed.has_value());
    const std::string printed = parsed->to_string();
    const auto again = Crontab::parse(printed);
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == *parsed);
    RC_ASSERT(again->to_string() == printed);
  }));
}

TEST(CrontabProperty, NextIsLaterAndMatches) {
  expect_property(rc::check([] {
    const Crontab crontab = must_parse(*expression_text());
    const Minute from = *any_minute();
    const auto next = crontab.next_after(from);
    RC_ASSERT(next.has_value() == crontab.ever_matches());
    if (!next) return;
    RC_ASSERT(*next > from);
    RC_ASSERT(crontab.matches(*next));
  }));
}

// Independent of the implementation: walks minute by minute, and takes the fields apart by <chrono>
// for each.
std::optional<Minute> next_by_walking(const Crontab& crontab, Minute from,
                                      std::chrono::minutes at_most) {
  for (Minute minute = from + 1min; minute <= from + at_most; minute += 1min) {
    if (crontab.matches(minute)) return minute;
  }
  return std::nullopt;
}

TEST(CrontabProperty, NextAgreesWithWalkingMinuteByMinute) {
  expect_property(rc::check([] {
    const Crontab crontab = must_parse(*expression_text());
    const Minute from = *any_minute();
    constexpr std::chrono::minutes kWalk = std::chrono::days{40};
    const auto walked = next_by_walking(crontab, from, kWalk);
    const auto next = crontab.next_after(from);
    if (walked) {
      RC_ASSERT(next == walked);
    } else {
      RC_ASSERT((!next.has_value() || *next > from + kWalk));
    }
  }));
}

TEST(CrontabProperty, NextAgreesWithWalkingDayByDayOverDecades) {
  expect_property(rc::check([] {
    const std::string days = *field_text(1, 31, 31);
    const std::string months = *field_text(1, 12, 12);
    const std::string weekdays = *field_text(0, 7, 7);
    const Crontab crontab = must_parse("17 5 " + days + " " + months + " " + weekdays);
    Minute now = std::chrono::floor<std::chrono::days>(*any_minute());
    std::optional<Minute> next = crontab.next_after(now);
    for (int day = 0; day < 12 * 366; ++day) {
      const Minute candidate = std::chrono::floor<std::chrono::days>(now) + 5h + 17min;
      RC_ASSERT((next == candidate) == crontab.matches(candidate));
      if (next == candidate) next = crontab.next_after(candidate);
      now += std::chrono::days{1};
    }
  }));
}

TEST(CrontabProperty, LastAndCountAgreeWithWalking) {
  expect_property(rc::check([] {
    const Crontab crontab = must_parse(*expression_text());
    const Minute from = *any_minute();
    const Minute until = from + std::chrono::minutes{*rc::gen::inRange(-10, 60 * 24 * 10)};
    std::uint64_t count = 0;
    std::optional<Minute> last;
    for (Minute minute = from + 1min; minute <= until; minute += 1min) {
      if (!crontab.matches(minute)) continue;
      ++count;
      last = minute;
    }
    RC_ASSERT(crontab.count_between(from, until) == count);
    if (last) {
      RC_ASSERT(crontab.last_until(until) == last);
    } else if (const auto earlier = crontab.last_until(until)) {
      RC_ASSERT(crontab.matches(*earlier));
      RC_ASSERT(*earlier <= std::min(from, until));
      const auto following = crontab.next_after(*earlier);
      RC_ASSERT((!following.has_value() || *following > until));
    } else {
      RC_ASSERT(!crontab.ever_matches());
    }
  }));
}

TEST(CrontabProperty, AtMinuteMatchesItsMinuteFirst) {
  expect_property(rc::check([] {
    const Minute minute = *any_minute();
    const Crontab crontab = Crontab::at_minute(minute);
    RC_ASSERT(crontab.matches(minute));
    RC_ASSERT(crontab.next_after(minute - 1min) == minute);
    const auto parsed = Crontab::parse(crontab.to_string());
    RC_ASSERT(parsed.has_value());
    RC_ASSERT(*parsed == crontab);
  }));
}

TEST(CrontabProperty, AnyTextIsReadOrRefused) {
  expect_property(rc::check([] {
    const std::string text = *rc::gen::container<std::string>(
        rc::gen::elementOf(std::string("0123456789*/,- \tjanfebsun@x\x01\xff")));
    const auto parsed = Crontab::parse(text);
    if (parsed) {
      const auto again = Crontab::parse(parsed->to_string());
      RC_ASSERT(again.has_value());
      RC_ASSERT(*again == *parsed);
    } else {
      RC_ASSERT(!parsed.error().message.empty());
    }
  }));
}

}  // namespace
}  // namespace hermes::ext::cron

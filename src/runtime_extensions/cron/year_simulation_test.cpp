// A year of schedules in virtual time, beside a calendar that walks all of its minutes.
#include "base/simulated_executor.hpp"
#include "runtime_extensions/cron/durable_schedule.hpp"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hermes::ext::cron {
namespace {

using namespace std::chrono_literals;

// A minute as a person writes it.
struct Date {
  int year = 1970;
  int month = 1;
  int day = 1;
  int weekday = 4;  // 0: Sunday
  int hour = 0;
  int minute = 0;
};

bool leap(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

// One minute on. Shares nothing with the code that it is compared with.
void step(Date& date) {
  constexpr std::array kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (++date.minute < 60) return;
  date.minute = 0;
  if (++date.hour < 24) return;
  date.hour = 0;
  date.weekday = (date.weekday + 1) % 7;
  const int days =
      kDays.at(static_cast<std::size_t>(date.month - 1)) + (date.month == 2 && leap(date.year));
  if (++date.day <= days) return;
  date.day = 1;
  if (++date.month <= 12) return;
  date.month = 1;
  ++date.year;
}

struct Line {
  const char* when;
  const char* tag;
  std::function<bool(const Date&)> matches;
};

const std::vector<Line>& lines() {
  static const std::vector<Line> kLines = {
      {"* * * * *", "each", [](const Date&) { return true; }},
      {"0 0 28-31 * *", "ends",
       [](const Date& at) { return at.minute == 0 && at.hour == 0 && at.day >= 28; }},
      {"0 0 31 * *", "ends",
       [](const Date& at) { return at.minute == 0 && at.hour == 0 && at.day == 31; }},
      {"30 12 29 2 *", "leap",
       [](const Date& at) {
         return at.minute == 30 && at.hour == 12 && at.day == 29 && at.month == 2;
       }},
      // Either day is enough when both are restricted.
      {"0 0 13 * 5", "days",
       [](const Date& at) {
         return at.minute == 0 && at.hour == 0 && (at.day == 13 || at.weekday == 5);
       }},
      // Both have to match when one of them begins with a star.
      {"0 0 */2 * 1", "days",
       [](const Date& at) {
         return at.minute == 0 && at.hour == 0 && at.day % 2 == 1 && at.weekday == 1;
       }},
      {"*/7 8-17 1,15 */3 *", "days",
       [](const Date& at) {
         return at.minute % 7 == 0 && at.hour >= 8 && at.hour <= 17 &&
                (at.day == 1 || at.day == 15) && (at.month - 1) % 3 == 0;
       }},
      {"15 6 * * mon-fri", "days",
       [](const Date& at) {
         return at.minute == 15 && at.hour == 6 && at.weekday >= 1 && at.weekday <= 5;
       }},
      {"5,50-52 4 * jun,dec 7", "ends",
       [](const Date& at) {
         return (at.minute == 5 || (at.minute >= 50 && at.minute <= 52)) && at.hour == 4 &&
                (at.month == 6 || at.month == 12) && at.weekday == 0;
       }},
      {"@yearly", "ends",
       [](const Date& at) {
         return at.minute == 0 && at.hour == 0 && at.day == 1 && at.month == 1;
       }},
  };
  return kLines;
}

// Wakes when the schedule wants to be woken, as CronState does, and handles what is due at once.
class Pump final : private Timer, private DurableSchedule::Owner {
 public:
  using Handled = std::function<void(const Occurrence&)>;

  Pump(WallTime start, const ScheduleLimits& limits, Handled handled)
      : executor(1, start),
        schedule(limits, Recording::kOff, executor.clock(), *this),
        handled_(std::move(handled)) {}
  ~Pump() override { cancel(); }

  void add(const std::string& when, const std::string& tag) {
    schedule.add(schedule.new_ticket(), when, tag, Retrigger::kYes,
                 [](const Result<bool>& answer) { EXPECT_TRUE(answer && *answer); });
  }
  void delay(Duration by, const std::string& tag) {
    schedule.delay(schedule.new_ticket(), static_cast<std::uint64_t>(by.count()), tag,
                   [](const Result<bool>& answer) { EXPECT_TRUE(answer && *answer); });
  }

  SimulatedExecutor executor;
  DurableSchedule schedule;
  std::uint64_t wakes = 0;
  std::size_t most_at_once = 0;

 private:
  void on_time(Executor&) override {
    ++wakes;
    Due due;
    schedule.take_due(due);
    EXPECT_TRUE(due.missed.empty());
    most_at_once = std::max(most_at_once, due.occurrences.size());
    for (const Occurrence& each : due.occurrences) {
      EXPECT_TRUE(schedule.begin(each.entry));
      handled_(each);
      schedule.finished(each, true);
    }
    on_sooner();
  }
  void on_sooner() override {
    if (const auto wake = schedule.next_wake()) executor.schedule(*this, *wake);
  }
  void on_disk_error(const Error& error) override { ADD_FAILURE() << error.message; }

  Handled handled_;
};

void compare_a_year(Date date, WallTime start, std::uint64_t leap_days) {
  using Fired = std::vector<std::pair<WallTime, std::string>>;
  std::map<std::string, Fired> fired;
  Pump pump(start, {}, [&](const Occurrence& each) {
    fired[each.name->tag].emplace_back(each.at, each.name->when);
  });
  for (const Line& line : lines()) pump.add(line.when, line.tag);
  const auto days = 365 + static_cast<int>(leap_days);
  pump.executor.run_for(24h * days);

  std::map<std::string, Fired> expected;
  constexpr int kMinutesPerDay = 24 * 60;
  for (int minute = 1; minute <= days * kMinutesPerDay; ++minute) {
    step(date);
    for (const Line& line : lines()) {
      if (line.matches(date)) {
        expected[line.tag].emplace_back(start + std::chrono::minutes(minute), line.when);
      }
    }
  }
  EXPECT_EQ(fired["each"].size(), static_cast<std::size_t>(days * kMinutesPerDay));
  EXPECT_EQ(fired["leap"].size(), leap_days);
  // Not in one comparison: nobody wants to read half a million lines.
  for (const auto& [tag, occurrences] : expected) {
    ASSERT_EQ(fired[tag].size(), occurrences.size()) << tag;
    for (std::size_t i = 0; i < occurrences.size(); ++i) {
      ASSERT_EQ(fired[tag][i], occurrences[i]) << tag << ", number " << i;
    }
  }
  EXPECT_EQ(fired["leap"].size() + expected.size(), leap_days + (leap_days > 0 ? 4 : 3));
  // Every 15 seconds, to look at the wall clock, and not once more.
  EXPECT_LE(pump.wakes, static_cast<std::uint64_t>(days * kMinutesPerDay * 4));
}

TEST(YearSimulation, ALeapYearOfSchedulesIsWhatACalendarSays) {
  compare_a_year({.year = 2024, .weekday = 1}, ManualClock::kWallStart, 1);
}

TEST(YearSimulation, AYearWithoutALeapDayIsWhatACalendarSays) {
  compare_a_year({.year = 2025, .weekday = 3}, ManualClock::kWallStart + 24h * 366, 0);
}

// A chain of delays, each made when the one before is handled.
TEST(YearSimulation, AChainOfDelaysDoesNotDrift) {
  std::vector<WallTime> links;
  Pump* started = nullptr;
  Pump pump(ManualClock::kWallStart, {}, [&](const Occurrence& each) {
    links.push_back(each.at);
    started->delay(7h + 1ns, "chain");
  });
  started = &pump;
  pump.delay(7h + 1ns, "chain");
  pump.executor.run_for(24h * 366);
  ASSERT_EQ(links.size(), 24 * 366 / 7);
  for (std::size_t i = 0; i < links.size(); ++i) {
    ASSERT_EQ(links[i], ManualClock::kWallStart + static_cast<std::int64_t>(i + 1) * (7h + 1ns));
  }
  EXPECT_EQ(pump.wakes, links.size());
}

TEST(YearSimulation, OneWakeUpIsEnoughForManyAndDoesNotTakeTooManyAtOnce) {
  std::vector<std::string> tags;
  Pump pump(ManualClock::kWallStart, {.max_entries = 20'000},
            [&](const Occurrence& each) { tags.push_back(each.name->tag); });
  for (int i = 0; i < 20'000; ++i) pump.add("* * * * *", std::to_string(i));
  pump.executor.run_for(59s);
  const std::uint64_t before = pump.wakes;
  pump.executor.run_for(1s);
  ASSERT_EQ(tags.size(), 20'000);
  for (int i = 0; i < 20'000; ++i) ASSERT_EQ(tags[static_cast<std::size_t>(i)], std::to_string(i));
  EXPECT_EQ(pump.most_at_once, ScheduleLimits{}.max_turns);
  EXPECT_LE(pump.wakes - before, 20'000 / ScheduleLimits{}.max_turns + 2);
}

}  // namespace
}  // namespace hermes::ext::cron

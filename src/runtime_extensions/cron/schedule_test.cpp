#include "runtime_extensions/cron/schedule.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace hermes::ext::cron {
namespace {

using namespace std::chrono_literals;

// A schedule in virtual time. Occurrences that are due are "delivered" by hand.
class ScheduleTest : public testing::Test {
 protected:
  Now now() const { return read(clock_); }

  std::vector<Occurrence> take() {
    Due due;
    schedule_.take_due(now(), due);
    for (const Missed& missed : due.missed) missed_ += missed.count;
    return due.occurrences;
  }

  // Takes what is due and handles it at once: "tag" or "tag!" for the last event of an entry.
  std::vector<std::string> fire() {
    std::vector<std::string> fired;
    for (const Occurrence& occurrence : take()) {
      const auto last = schedule_.begin(occurrence.entry);
      if (!last) continue;
      fired.push_back(occurrence.name->tag + (*last ? "!" : ""));
      schedule_.finished(occurrence, true);
    }
    return fired;
  }

  std::vector<std::string> rows(std::optional<std::string_view> tag = std::nullopt) const {
    std::vector<std::string> result;
    for (const Listed& listed : schedule_.ls(tag, now())) {
      result.push_back(listed.name->tag + " @ " + listed.name->when +
                       (listed.retrigger == Retrigger::kYes ? " again" : " once"));
    }
    return result;
  }

  bool add(std::string_view when, std::string_view tag, Retrigger retrigger = Retrigger::kYes) {
    return schedule_.add(when, tag, retrigger, now()).has_value();
  }
  bool delay(Duration duration, std::string_view tag) {
    return schedule_.delay(static_cast<std::uint64_t>(duration.count()), tag, now()).has_value();
  }

  using Strings = std::vector<std::string>;
  // 2024-01-01T00:00:00Z, a Monday.
  ManualClock clock_;
  Schedule schedule_;
  std::uint64_t missed_ = 0;
};

TEST_F(ScheduleTest, FiresAtEachMatchFromTheNextMinuteOn) {
  ASSERT_TRUE(add("* * * * *", "a"));
  EXPECT_EQ(fire(), Strings{});
  clock_.advance(59s);
  EXPECT_EQ(fire(), Strings{});
  clock_.advance(1s);
  EXPECT_EQ(fire(), Strings{"a"});
  EXPECT_EQ(fire(), Strings{});
  clock_.advance(1min);
  EXPECT_EQ(fire(), Strings{"a"});
}

TEST_F(ScheduleTest, WithoutRetriggerFiresOnceAsTheLast) {
  ASSERT_TRUE(add("*/5 * * * *", "a", Retrigger::kNo));
  clock_.advance(5min);
  EXPECT_EQ(fire(), Strings{"a!"});
  EXPECT_EQ(rows(), Strings{});
  clock_.advance(5min);
  EXPECT_EQ(fire(), Strings{});
}

TEST_F(ScheduleTest, AddRefusesWhatIsInvalidOrNeverFires) {
  EXPECT_FALSE(add("* * * *", "a"));
  EXPECT_FALSE(add("0 0 30 2 *", "a"));
  EXPECT_EQ(schedule_.add("0 0 30 2 *", "a", Retrigger::kYes, now()).error().message,
            "crontab expression \"0 0 30 2 *\" never fires: no such day comes");
  EXPECT_EQ(schedule_.size(), 0);
}

TEST_F(ScheduleTest, AddOfAKnownEntryChangesItsFlagAndNothingElse) {
  ASSERT_TRUE(add("* * * * *", "a"));
  ASSERT_TRUE(add("* * * * *", "a", Retrigger::kNo));
  EXPECT_EQ(rows(), Strings{"a @ * * * * * once"});
  clock_.advance(1min);
  EXPECT_EQ(fire(), Strings{"a!"});
  EXPECT_EQ(schedule_.size(), 0);
}

TEST_F(ScheduleTest, AddWithRetriggerRevivesAnEntryWhoseLastEventStillWaits) {
  ASSERT_TRUE(add("* * * * *", "a", Retrigger::kNo));
  clock_.advance(1min);
  const auto taken = take();
  ASSERT_EQ(taken.size(), 1);
  ASSERT_TRUE(add("* * * * *", "a"));
  EXPECT_EQ(schedule_.begin(taken[0].entry), false);
  schedule_.finished(taken[0], true);
  clock_.advance(1min);
  EXPECT_EQ(fire(), Strings{"a"});
}

TEST_F(ScheduleTest, SameTagDifferentTimesAreDifferentEntries) {
  ASSERT_TRUE(add("* * * * *", "a"));
  ASSERT_TRUE(add("*/2 * * * *", "a"));
  ASSERT_TRUE(add("* * * * *", "b"));
  clock_.advance(1min);
  EXPECT_EQ(fire(), (Strings{"a", "b"}));
  clock_.advance(1min);
  EXPECT_EQ(fire(), (Strings{"a", "a", "b"}));
}

TEST_F(ScheduleTest, DelayIsNeverEarlyAndFiresOnce) {
  ASSERT_TRUE(delay(1500ms, "d"));
  clock_.advance(1500ms - 1ns);
  EXPECT_EQ(fire(), Strings{});
  clock_.advance(1ns);
  EXPECT_EQ(fire(), Strings{"d!"});
  EXPECT_EQ(schedule_.size(), 0);
}

TEST_F(ScheduleTest, DelayIsListedUnderItsMinute) {
  clock_.advance(30s);
  ASSERT_TRUE(delay(0ns, "now"));
  ASSERT_TRUE(delay(29s, "same minute"));
  ASSERT_TRUE(delay(30s, "next minute"));
  ASSERT_TRUE(delay(24h * 59 + 1h, "far"));
  EXPECT_EQ(rows(), (Strings{"now @ 0 0 1 1 * once", "same minute @ 0 0 1 1 * once",
                             "next minute @ 1 0 1 1 * once", "far @ 0 1 29 2 * once"}));
}

TEST_F(ScheduleTest, DelaysOfOneMinuteAndTagAreOneRowAndGoTogether) {
  ASSERT_TRUE(delay(1s, "d"));
  ASSERT_TRUE(delay(2s, "d"));
  EXPECT_EQ(rows(), Strings{"d @ 0 0 1 1 * once"});
  EXPECT_EQ(schedule_.size(), 2);
  EXPECT_TRUE(schedule_.rm("0 0 1 1 *", "d"));
  EXPECT_FALSE(schedule_.rm("0 0 1 1 *", "d"));
  clock_.advance(2s);
  EXPECT_EQ(fire(), Strings{});
}

TEST_F(ScheduleTest, DelayTooFarAwayIsRefused) {
  EXPECT_FALSE(schedule_.delay(UINT64_MAX, "d", now()));
  EXPECT_FALSE(schedule_.delay(static_cast<std::uint64_t>(INT64_MAX), "d", now()));
  EXPECT_TRUE(delay(24h * 365 * 100, "d"));
}

TEST_F(ScheduleTest, LsIsSoonestFirst) {
  ASSERT_TRUE(add("0 5 * * *", "c"));
  ASSERT_TRUE(add("0 3 * * *", "b"));
  ASSERT_TRUE(add("0 4 * * *", "a", Retrigger::kNo));
  ASSERT_TRUE(delay(210min, "d"));
  EXPECT_EQ(rows(), (Strings{"b @ 0 3 * * * again", "d @ 30 3 1 1 * once", "a @ 0 4 * * * once",
                             "c @ 0 5 * * * again"}));
  EXPECT_EQ(rows("a"), Strings{"a @ 0 4 * * * once"});
  EXPECT_EQ(rows("z"), Strings{});
  clock_.advance(3h);
  EXPECT_EQ(fire(), Strings{"b"});
  EXPECT_EQ(rows()[3], "b @ 0 3 * * * again");
}

TEST_F(ScheduleTest, RmTakesBackWhatIsDueButNotDelivered) {
  ASSERT_TRUE(add("* * * * *", "a"));
  ASSERT_TRUE(delay(10s, "d"));
  clock_.advance(1min);
  const auto taken = take();
  ASSERT_EQ(taken.size(), 2);
  EXPECT_TRUE(schedule_.rm("* * * * *", "a"));
  EXPECT_TRUE(schedule_.rm("0 0 1 1 *", "d"));
  for (const Occurrence& occurrence : taken) {
    EXPECT_EQ(schedule_.begin(occurrence.entry), std::nullopt);
  }
}

TEST_F(ScheduleTest, WhatIsAddedAgainIsAnotherEntry) {
  ASSERT_TRUE(add("* * * * *", "a"));
  clock_.advance(1min);
  const auto taken = take();
  ASSERT_TRUE(schedule_.rm("* * * * *", "a"));
  ASSERT_TRUE(add("* * * * *", "a"));
  EXPECT_EQ(schedule_.begin(taken.at(0).entry), std::nullopt);
  schedule_.finished(taken.at(0), false);
  clock_.advance(1min);
  EXPECT_EQ(fire(), Strings{"a"});
}

TEST_F(ScheduleTest, AHandlerThatSaysFalseEndsTheEntry) {
  ASSERT_TRUE(add("* * * * *", "a"));
  clock_.advance(1min);
  const auto taken = take();
  EXPECT_EQ(schedule_.begin(taken.at(0).entry), false);
  schedule_.finished(taken.at(0), false);
  EXPECT_EQ(rows(), Strings{});
}

TEST_F(ScheduleTest, ABoundedNumberWaitsForAHandlerThatStillRuns) {
  const ScheduleLimits limits{.max_waiting = 2};
  Schedule schedule(limits);
  ASSERT_TRUE(schedule.add("* * * * *", "a", Retrigger::kYes, now()));
  Due due;
  for (int minute = 0; minute < 5; ++minute) {
    clock_.advance(1min);
    schedule.take_due(now(), due);
  }
  ASSERT_EQ(due.occurrences.size(), 2);
  ASSERT_EQ(due.missed.size(), 1);
  EXPECT_EQ(due.missed[0].reason, Missed::Reason::kTooManyWaiting);
  EXPECT_EQ(due.missed[0].count, 3);
  // One has been handled: there is room again.
  EXPECT_EQ(schedule.begin(due.occurrences[0].entry), false);
  schedule.finished(due.occurrences[0], true);
  due.clear();
  clock_.advance(1min);
  schedule.take_due(now(), due);
  EXPECT_EQ(due.occurrences.size(), 1);
}

TEST_F(ScheduleTest, AnEntryThatWasRefusedByTheQueueStays) {
  ASSERT_TRUE(add("* * * * *", "a"));
  ASSERT_TRUE(add("* * * * *", "once", Retrigger::kNo));
  clock_.advance(1min);
  for (const Occurrence& occurrence : take()) schedule_.abandon(occurrence);
  EXPECT_EQ(rows(), Strings{"a @ * * * * * again"});
}

TEST_F(ScheduleTest, BoundsEntriesAndTags) {
  Schedule schedule({.max_entries = 2, .max_tag_bytes = 3});
  EXPECT_FALSE(schedule.delay(1, "four", now()));
  EXPECT_TRUE(schedule.delay(1, "abc", now()));
  EXPECT_TRUE(schedule.add("* * * * *", "", Retrigger::kYes, now()));
  EXPECT_FALSE(schedule.delay(1, "c", now()));
  EXPECT_FALSE(schedule.add("* * * * 1", "c", Retrigger::kYes, now()));
  // Changing the flag needs no room.
  EXPECT_TRUE(schedule.add("* * * * *", "", Retrigger::kNo, now()));
}

TEST_F(ScheduleTest, AFlagOnItsWayToTheDiskKeepsAnEntryFromEnding) {
  for (const bool written : {true, false}) {
    Schedule schedule({}, Recording::kOn);
    ASSERT_TRUE(schedule.add("* * * * *", "a", Retrigger::kNo, now()));
    clock_.advance(1min);
    Due due;
    schedule.take_due(now(), due);
    ASSERT_EQ(due.occurrences.size(), 1);
    auto prepared = schedule.prepare_add("* * * * *", "a", Retrigger::kYes, now());
    ASSERT_TRUE(prepared);
    EXPECT_EQ(prepared->changes.size(), 1);
    EXPECT_EQ(schedule.begin(due.occurrences[0].entry), false);
    schedule.finished(due.occurrences[0], true);
    EXPECT_EQ(schedule.size(), 1);
    if (written) {
      schedule.commit(*prepared, now());
    } else {
      schedule.cancel(*prepared);
    }
    EXPECT_EQ(schedule.size(), written ? 1 : 0);
  }
}

// ----------------------------------------------------------------------------------------------------
// steps of the clock

TEST_F(ScheduleTest, SettingTheClockBackFiresNothingTwice) {
  ASSERT_TRUE(add("* * * * *", "a"));
  clock_.advance(10min);
  EXPECT_EQ(fire(), Strings{"a"});
  clock_.set_wall(clock_.wall() - 5min);
  for (int minute = 0; minute < 5; ++minute) {
    EXPECT_EQ(fire(), Strings{}) << minute;
    clock_.advance(1min);
  }
  EXPECT_EQ(fire(), Strings{});
  clock_.advance(1min);
  EXPECT_EQ(fire(), Strings{"a"});
}

TEST_F(ScheduleTest, SettingTheClockForwardFiresOnceByDefault) {
  ASSERT_TRUE(add("* * * * *", "a"));
  ASSERT_TRUE(add("0 8 * * *", "once a day"));
  ASSERT_TRUE(add("0 9 * * *", "once", Retrigger::kNo));
  clock_.set_wall(clock_.wall() + 10h);
  // In the order of the occurrences that are delivered: 8:00, 9:00, 10:00.
  EXPECT_EQ(fire(), (Strings{"once a day", "once!", "a"}));
  EXPECT_EQ(missed_, 599);
}

TEST_F(ScheduleTest, MissedOccurrencesFollowThePolicy) {
  struct Case {
    MissedPolicy policy;
    Duration step;
    std::size_t fired;
    std::uint64_t missed;
  };
  // "*/10": due at :10, :20, ...
  for (const Case& each :
       {Case{MissedPolicy::kSkip, 35min, 0, 3}, Case{MissedPolicy::kSkip, 30min + 59s, 1, 2},
        Case{MissedPolicy::kFireOnce, 35min, 1, 2}, Case{MissedPolicy::kFireAll, 35min, 3, 0},
        Case{MissedPolicy::kFireAll, 24h * 36525, 4, 5'259'596},
        Case{MissedPolicy::kFireOnce, 24h * 36525, 1, 5'259'599}}) {
    ManualClock clock;
    Schedule schedule({.missed = each.policy, .max_fire_all = 4});
    ASSERT_TRUE(schedule.add("*/10 * * * *", "a", Retrigger::kYes, read(clock)));
    clock.set_wall(clock.wall() + each.step);
    Due due;
    schedule.take_due(read(clock), due);
    std::uint64_t missed = 0;
    for (const Missed& some : due.missed) missed += some.count;
    EXPECT_EQ(due.occurrences.size(), each.fired);
    EXPECT_EQ(missed, each.missed);
    EXPECT_TRUE(std::ranges::is_sorted(due.occurrences, {}, &Occurrence::at));
  }
}

TEST_F(ScheduleTest, DelaysDoNotNoticeTheWallClock) {
  ASSERT_TRUE(delay(1h, "d"));
  clock_.set_wall(clock_.wall() + 24h);
  EXPECT_EQ(fire(), Strings{});
  clock_.set_wall(clock_.wall() - 48h);
  clock_.advance(1h);
  EXPECT_EQ(fire(), Strings{"d!"});
}

TEST_F(ScheduleTest, WakesForWhatIsDueNextAndToLookAtTheWallClock) {
  EXPECT_EQ(schedule_.next_wake(now()), std::nullopt);
  ASSERT_TRUE(delay(100h, "d"));
  EXPECT_EQ(schedule_.next_wake(now()), now().steady + 100h);
  ASSERT_TRUE(add("* * * * *", "a"));
  EXPECT_EQ(schedule_.next_wake(now()), now().steady + Schedule::kMaxSleep);
  clock_.advance(58s);
  EXPECT_EQ(schedule_.next_wake(now()), now().steady + 2s);
  clock_.advance(2s);
  EXPECT_EQ(schedule_.next_wake(now()), now().steady);
}

// ------------------------------------------------------------------------------------------------------------
// properties

// Whatever the clock does: no minute fires twice, and every match that the clock has reached or
// passed since the entry was added has been fired or counted as missed.
TEST(ScheduleProperty, NoMinuteTwiceAndNoneLostAcrossStepsOfTheClock) {
  EXPECT_TRUE(rc::check([] {
    const auto policy =
        *rc::gen::element(MissedPolicy::kSkip, MissedPolicy::kFireOnce, MissedPolicy::kFireAll);
    const std::string when = *rc::gen::element<std::string>(
        "* * * * *", "*/7 * * * *", "0 */3 * * *", "5,6,50 0-12 1 * 1", "59 23 28-31 * *");
    const auto crontab = Crontab::parse(when);
    ManualClock clock;
    Schedule schedule({.max_waiting = 3, .missed = policy, .max_fire_all = 5});
    RC_ASSERT(schedule.add(when, "tag", Retrigger::kYes, read(clock)).has_value());
    const Minute start = std::chrono::floor<std::chrono::minutes>(clock.wall());
    Minute furthest = start;

    std::map<WallTime, int> fired;
    std::uint64_t missed = 0;
    std::vector<Occurrence> waiting;
    const int steps = *rc::gen::inRange(1, 60);
    for (int step = 0; step < steps; ++step) {
      switch (*rc::gen::inRange(0, 4)) {
        case 0:
          clock.advance(std::chrono::seconds{*rc::gen::inRange(0, 200)});
          break;
        case 1:
          clock.advance(std::chrono::minutes{*rc::gen::inRange(0, 2000)});
          break;
        case 2:
          clock.set_wall(clock.wall() + std::chrono::minutes{*rc::gen::inRange(-3000, 3000)});
          break;
        default:
          for (const Occurrence& each : waiting) {
            RC_ASSERT(schedule.begin(each.entry) == false);
            schedule.finished(each, true);
          }
          waiting.clear();
          break;
      }
      // Woken as asked for, or at any other time.
      Due due;
      schedule.take_due(read(clock), due);
      furthest = std::max(furthest, std::chrono::floor<std::chrono::minutes>(clock.wall()));
      for (const Occurrence& each : due.occurrences) {
        RC_ASSERT(++fired[each.at] == 1);
        RC_ASSERT(crontab->matches(std::chrono::floor<std::chrono::minutes>(each.at)));
        waiting.push_back(each);
      }
      for (const Missed& each : due.missed) missed += each.count;
      // What is not left out may have to wait until there is room for it.
      const std::uint64_t passed = crontab->count_between(start, furthest);
      RC_ASSERT(fired.size() + missed <= passed);
      if (policy != MissedPolicy::kFireAll) RC_ASSERT(fired.size() + missed == passed);
      RC_ASSERT(waiting.size() <= 3U);
      const auto wake = schedule.next_wake(read(clock));
      RC_ASSERT((!wake.has_value() || *wake > clock.steady()));
      RC_ASSERT((wake.has_value() || !waiting.empty()));
    }
    // In the end each is accounted for; where the clock was set back, once it is there again.
    clock.set_wall(std::max(clock.wall(), WallTime{furthest}));
    do {
      for (const Occurrence& each : waiting) schedule.finished(each, true);
      Due due;
      schedule.take_due(read(clock), due);
      for (const Occurrence& each : due.occurrences) RC_ASSERT(++fired[each.at] == 1);
      for (const Missed& each : due.missed) missed += each.count;
      waiting = due.occurrences;
    } while (!waiting.empty());
    RC_ASSERT(fired.size() + missed == crontab->count_between(start, furthest));
  }));
}

// Against a model that is a plain list.
TEST(ScheduleProperty, AddRmAndLsAgreeWithAList) {
  EXPECT_TRUE(rc::check([] {
    ManualClock clock;
    Schedule schedule;
    std::map<std::pair<std::string, std::string>, bool> model;
    const int steps = *rc::gen::inRange(1, 80);
    for (int step = 0; step < steps; ++step) {
      const std::string when =
          *rc::gen::element<std::string>("0 1 * * *", "0 2 * * *", "0 0 1 1 *", "x", "0 0 31 4 *");
      const std::string tag = *rc::gen::element<std::string>("", "a", "b");
      const bool valid = when != "x" && when != "0 0 31 4 *";
      if (*rc::gen::inRange(0, 3) != 0) {
        const bool again = *rc::gen::arbitrary<bool>();
        RC_ASSERT(schedule.add(when, tag, again ? Retrigger::kYes : Retrigger::kNo, read(clock))
                      .has_value() == valid);
        if (valid) model[{when, tag}] = again;
      } else {
        RC_ASSERT(schedule.rm(when, tag) == (model.erase({when, tag}) == 1));
      }
      std::map<std::pair<std::string, std::string>, bool> listed;
      std::optional<Minute> previous;
      for (const Listed& row : schedule.ls(std::nullopt, read(clock))) {
        listed[{row.name->when, row.name->tag}] = row.retrigger == Retrigger::kYes;
        const auto next = Crontab::parse(row.name->when)
                              ->next_after(std::chrono::floor<std::chrono::minutes>(clock.wall()));
        RC_ASSERT((!previous.has_value() || *previous <= *next));
        previous = next;
      }
      RC_ASSERT(listed == model);
      for (const Listed& row : schedule.ls(tag, read(clock))) RC_ASSERT(row.name->tag == tag);
    }
  }));
}

}  // namespace
}  // namespace hermes::ext::cron

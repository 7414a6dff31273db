#include "runtime_extensions/cron/durable_schedule.hpp"

#include "base/simulated_executor.hpp"
#include "runtime_extensions/cron/testing/memory_disk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace hermes::ext::cron {
namespace {

using namespace std::chrono_literals;
using testing::Disk;
using testing::DiskStorage;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// One run of the engine: from a start to a crash or an orderly stop.
class EngineRun final : private DurableSchedule::Owner {
 public:
  EngineRun(Disk& disk, WallTime wall, const ScheduleLimits& limits = {}, std::uint64_t seed = 1)
      : executor_(seed, wall),
        blocking_(executor_),
        schedule_(limits, Recording::kOn, executor_.clock(), *this) {
    const auto restored =
        schedule_.restore(std::make_unique<DiskStorage>(disk), disk.entries(), blocking_);
    EXPECT_TRUE(restored);
  }

  // The answer, once it is there: "yes", "no", or why not.
  std::shared_ptr<std::string> add(std::string_view when, std::string_view tag,
                                   Retrigger retrigger = Retrigger::kYes) {
    const auto answer = std::make_shared<std::string>("-");
    last_ticket = schedule_.new_ticket();
    schedule_.add(last_ticket, when, tag, retrigger, into(answer));
    return answer;
  }
  std::shared_ptr<std::string> delay(Duration duration, std::string_view tag) {
    const auto answer = std::make_shared<std::string>("-");
    last_ticket = schedule_.new_ticket();
    schedule_.delay(last_ticket, static_cast<std::uint64_t>(duration.count()), tag, into(answer));
    return answer;
  }
  std::shared_ptr<std::string> rm(std::string_view when, std::string_view tag) {
    const auto answer = std::make_shared<std::string>("-");
    last_ticket = schedule_.new_ticket();
    schedule_.rm(last_ticket, when, tag, into(answer));
    return answer;
  }

  std::vector<Occurrence> take() {
    Due due;
    schedule_.take_due(due);
    for (const Missed& each : due.missed) missed += each.count;
    return due.occurrences;
  }
  // Takes what is due and handles all of it: "tag 00:05", with "!" when it is the last one.
  std::vector<std::string> fire() {
    std::vector<std::string> fired;
    for (const Occurrence& each : take()) {
      const auto last = schedule_.begin(each.entry);
      if (last) {
        fired.push_back(text(each) + (*last ? "!" : ""));
        schedule_.finished(each, true);
      } else {
        schedule_.abandon(each);
      }
    }
    return fired;
  }
  static std::string text(const Occurrence& each) {
    const auto minute = std::chrono::floor<std::chrono::minutes>(each.at);
    const auto of_day = (minute - std::chrono::floor<std::chrono::days>(minute)).count();
    const std::string minutes = std::to_string(of_day % 60);
    return each.name->tag + " " + std::to_string(of_day / 60) + ":" +
           (minutes.size() < 2 ? "0" : "") + minutes;
  }
  void settle() { executor_.run_ready(); }
  void advance(Duration by) { executor_.run_for(by); }
  [[nodiscard]] WallTime wall() const { return executor_.clock().wall(); }
  DurableSchedule& schedule() { return schedule_; }
  std::vector<std::string> rows() {
    std::vector<std::string> result;
    for (const Listed& each : schedule_.ls(std::nullopt)) {
      result.push_back(each.name->tag + " @ " + each.name->when +
                       (each.retrigger == Retrigger::kYes ? " again" : " once"));
    }
    return result;
  }

  std::uint64_t missed = 0;
  std::vector<std::string> errors;
  DurableSchedule::Ticket last_ticket = 0;

 private:
  static DurableSchedule::Answer into(const std::shared_ptr<std::string>& answer) {
    return [answer](const Result<bool>& result) {
      EXPECT_EQ(*answer, "-") << "answered twice";
      *answer = !result ? result.error().message : *result ? "yes" : "no";
    };
  }
  void on_sooner() override {}
  void on_disk_error(const Error& error) override { errors.push_back(error.message); }

  SimulatedExecutor executor_;
  SimulatedBlocking blocking_;
  DurableSchedule schedule_;
};

constexpr WallTime kStart = ManualClock::kWallStart;

TEST(DurableSchedule, AnswersWhenItIsOnTheDiskAndNotBefore) {
  Disk disk;
  EngineRun run(disk, kStart);
  const auto added = run.add("* * * * *", "a");
  const auto delayed = run.delay(1s, "d");
  EXPECT_EQ(*added, "-");
  EXPECT_THAT(run.rows(), IsEmpty());
  run.settle();
  EXPECT_EQ(*added, "yes");
  EXPECT_EQ(*delayed, "yes");
  EXPECT_EQ(disk.rows.size(), 2);
  EXPECT_EQ(run.rows().size(), 2);
  // Both in one transaction.
  EXPECT_THAT(disk.transactions, ElementsAre(2));
  const auto removed = run.rm("* * * * *", "a");
  EXPECT_EQ(run.rows().size(), 2);
  run.settle();
  EXPECT_EQ(*removed, "yes");
  EXPECT_EQ(disk.rows.size(), 1);
}

TEST(DurableSchedule, ShowsWhatFiresFirstAndHowMuchThereIs) {
  Disk disk;
  EngineRun run(disk, ManualClock::kWallStart);
  EXPECT_EQ(run.schedule().upcoming(5).total, 0);
  for (const auto& [when, tag] : std::map<std::string, std::string>{
           {"30 0 * * *", "third"}, {"10 0 * * *", "first"}, {"20 0 * * *", "second"}}) {
    run.add(when, tag);
  }
  run.settle();
  const DurableSchedule::Upcoming some = run.schedule().upcoming(2);
  EXPECT_EQ(some.total, 3);
  ASSERT_EQ(some.rows.size(), 2);
  EXPECT_EQ(some.rows[0].listed.name->tag, "first");
  EXPECT_EQ(some.rows[0].due, ManualClock::kWallStart + 10min);
  EXPECT_EQ(some.rows[1].listed.name->tag, "second");
  EXPECT_EQ(run.schedule().upcoming(100).rows.size(), 3);
  EXPECT_TRUE(run.schedule().upcoming(0).rows.empty());
}

TEST(DurableSchedule, WhatIsRefusedOrChangesNothingNeedsNoDisk) {
  Disk disk;
  EngineRun run(disk, kStart);
  run.add("* * * * *", "a");
  run.settle();
  disk.broken = true;
  const auto wrong = run.add("soon", "a");
  const auto again = run.add("* * * * *", "a");
  const auto gone = run.rm("* * * * *", "z");
  run.settle();
  EXPECT_THAT(*wrong, HasSubstr("soon"));
  EXPECT_EQ(*again, "yes");
  EXPECT_EQ(*gone, "no");
}

TEST(DurableSchedule, OperationsOfOneNameSeeEachOther) {
  Disk disk;
  EngineRun run(disk, kStart);
  const auto first = run.add("* * * * *", "a", Retrigger::kNo);
  const auto second = run.add("* * * * *", "a", Retrigger::kYes);
  const auto third = run.rm("* * * * *", "a");
  const auto fourth = run.rm("* * * * *", "a");
  const auto fifth = run.add("* * * * *", "a", Retrigger::kNo);
  run.settle();
  EXPECT_EQ(*first + *second + *third + *fourth + *fifth, "yesyesyesnoyes");
  EXPECT_THAT(run.rows(), ElementsAre("a @ * * * * * once"));
  ASSERT_EQ(disk.rows.size(), 1);
  EXPECT_EQ(disk.rows.begin()->second.retrigger, Retrigger::kNo);
}

TEST(DurableSchedule, ADiskErrorChangesNothingAndIsTheAnswer) {
  Disk disk;
  EngineRun run(disk, kStart);
  run.add("* * * * *", "a", Retrigger::kNo);
  run.settle();
  disk.broken = true;
  const auto added = run.add("*/2 * * * *", "b");
  const auto changed = run.add("* * * * *", "a", Retrigger::kYes);
  run.settle();
  const auto removed = run.rm("* * * * *", "a");
  run.settle();
  for (const auto& answer : {added, changed, removed}) EXPECT_EQ(*answer, "the disk is full");
  EXPECT_THAT(run.rows(), ElementsAre("a @ * * * * * once"));
  EXPECT_FALSE(run.errors.empty());
  disk.broken = false;
  EXPECT_EQ(disk.rows.size(), 1);
  const auto later = run.add("*/2 * * * *", "b");
  run.settle();
  EXPECT_EQ(*later, "yes");
}

TEST(DurableSchedule, ManyOperationsTakeSeveralTransactions) {
  Disk disk;
  EngineRun run(disk, kStart);
  std::vector<std::shared_ptr<std::string>> answers;
  for (int i = 0; i < 600; ++i) answers.push_back(run.add("* * * * *", std::to_string(i)));
  run.settle();
  for (const auto& answer : answers) EXPECT_EQ(*answer, "yes");
  EXPECT_THAT(disk.transactions, ElementsAre(256, 256, 88));
}

TEST(DurableSchedule, WhatNobodyWaitsForIsNotDone) {
  Disk disk;
  EngineRun run(disk, kStart);
  const auto answer = run.add("* * * * *", "a");
  run.schedule().cancel(run.last_ticket);
  run.settle();
  EXPECT_EQ(*answer, "-");
  EXPECT_TRUE(disk.rows.empty());
  // Too late is without effect.
  run.add("* * * * *", "a");
  run.settle();
  run.schedule().cancel(run.last_ticket);
  EXPECT_EQ(run.rows().size(), 1);
}

TEST(DurableSchedule, ProgressIsWrittenTogetherAfterAWhile) {
  Disk disk;
  EngineRun run(disk, kStart);
  run.add("* * * * *", "a");
  run.add("* * * * *", "b");
  run.delay(1s, "d");
  run.settle();
  disk.transactions.clear();
  run.advance(1min);
  EXPECT_THAT(run.fire(), ElementsAre("d 0:00!", "a 0:01", "b 0:01"));
  run.settle();
  EXPECT_EQ(disk.rows.size(), 3);
  EXPECT_EQ(run.schedule().next_wake(), ManualClock::kSteadyStart + 1min + 50ms);
  run.advance(50ms);
  run.fire();
  run.settle();
  EXPECT_THAT(disk.transactions, ElementsAre(3));
  ASSERT_EQ(disk.rows.size(), 2);
  EXPECT_EQ(disk.rows.begin()->second.progress.completed, kStart + 1min);
}

TEST(DurableSchedule, ProgressThatCannotBeWrittenIsTriedAgain) {
  Disk disk;
  EngineRun run(disk, kStart);
  run.delay(1s, "d");
  run.settle();
  run.advance(1s);
  EXPECT_THAT(run.fire(), ElementsAre("d 0:00!"));
  disk.broken = true;
  run.advance(1s);
  run.fire();
  run.settle();
  EXPECT_EQ(run.errors.size(), 1);
  EXPECT_FALSE(run.schedule().flush());
  disk.broken = false;
  ASSERT_TRUE(run.schedule().flush());
  EXPECT_TRUE(disk.rows.empty());
}

// ---------------------------------------------------------------------------------------- restarts

struct Downtime {
  MissedPolicy policy;
  std::vector<std::string> fired;
  std::uint64_t missed;
};

class DurableScheduleRestart : public ::testing::TestWithParam<Downtime> {};

TEST_P(DurableScheduleRestart, FollowsThePolicyForWhatWasMissed) {
  const ScheduleLimits limits{.missed = GetParam().policy, .max_fire_all = 3};
  Disk disk;
  {
    EngineRun run(disk, kStart, limits);
    run.add("*/10 * * * *", "a");
    run.add("5 0 * * *", "a", Retrigger::kNo);
    run.delay(33min, "a");
    run.delay(12min, "a");
    run.settle();
    run.advance(10min);
    run.fire();
    ASSERT_TRUE(run.schedule().flush());
  }
  EngineRun run(disk, kStart + 45min + 10s, limits);
  run.missed = 0;
  EXPECT_EQ(run.fire(), GetParam().fired);
  EXPECT_EQ(run.missed, GetParam().missed);
  EXPECT_THAT(run.fire(), IsEmpty());
  run.advance(5min);
  EXPECT_THAT(run.fire(), ElementsAre("a 0:50"));
}

INSTANTIATE_TEST_SUITE_P(
    Policies, DurableScheduleRestart,
    ::testing::Values(
        Downtime{MissedPolicy::kSkip, {"a 0:12!", "a 0:33!"}, 3},
        Downtime{MissedPolicy::kFireOnce, {"a 0:12!", "a 0:33!", "a 0:40"}, 2},
        Downtime{MissedPolicy::kFireAll, {"a 0:12!", "a 0:20", "a 0:30", "a 0:33!", "a 0:40"}, 0}));

TEST(DurableSchedule, ACrashRepeatsWhatWasBeingHandledAndNothingElse) {
  Disk disk;
  {
    EngineRun run(disk, kStart);
    run.add("1 0 * * *", "once", Retrigger::kNo);
    run.delay(1min, "delay");
    run.add("* * * * *", "again");
    run.settle();
    run.advance(1min);
    // All have begun; one has ended, and that is on the disk.
    const auto taken = run.take();
    ASSERT_EQ(taken.size(), 3);
    for (const Occurrence& each : taken) EXPECT_TRUE(run.schedule().begin(each.entry));
    run.schedule().finished(taken[2], true);
    ASSERT_TRUE(run.schedule().flush());
  }
  EngineRun run(disk, kStart + 1min + 20s);
  EXPECT_THAT(run.fire(), ElementsAre("once 0:01!", "delay 0:01!"));
}

TEST(DurableSchedule, AnEntryAddedAgainWhileItsLastEventIsHandledIsAnotherOne) {
  Disk disk;
  {
    EngineRun run(disk, kStart);
    run.add("*/5 * * * *", "a", Retrigger::kNo);
    run.settle();
    run.advance(5min);
    const auto taken = run.take();
    EXPECT_EQ(run.schedule().begin(taken.at(0).entry), true);
    EXPECT_THAT(run.rows(), IsEmpty());
    run.add("*/5 * * * *", "a", Retrigger::kNo);
    run.settle();
    EXPECT_EQ(run.rows().size(), 1);
    // The crash comes before it has ended.
  }
  {
    EngineRun run(disk, kStart + 6min);
    // init adds it again, this time for good: that is about the new one.
    run.add("*/5 * * * *", "a", Retrigger::kYes);
    run.settle();
    EXPECT_THAT(run.fire(), ElementsAre("a 0:05!"));
    run.advance(4min);
    EXPECT_THAT(run.fire(), ElementsAre("a 0:10"));
    run.advance(5min);
    EXPECT_THAT(run.fire(), ElementsAre("a 0:15"));
  }
}

TEST(DurableSchedule, RemovingAnEntryRemovesWhatIsBeingHandledFromTheDisk) {
  Disk disk;
  {
    EngineRun run(disk, kStart);
    run.add("*/5 * * * *", "a", Retrigger::kNo);
    run.settle();
    run.advance(5min);
    const auto taken = run.take();
    EXPECT_EQ(run.schedule().begin(taken.at(0).entry), true);
    run.add("*/5 * * * *", "a");
    run.settle();
    const auto removed = run.rm("*/5 * * * *", "a");
    run.settle();
    EXPECT_EQ(*removed, "yes");
  }
  EngineRun run(disk, kStart + 1h);
  EXPECT_THAT(run.fire(), IsEmpty());
}

TEST(DurableSchedule, AFlagThatChangesWhileTheLastEventComesKeepsTheEntry) {
  Disk disk;
  EngineRun run(disk, kStart);
  run.add("* * * * *", "a", Retrigger::kNo);
  run.settle();
  run.advance(1min);
  const auto taken = run.take();
  // Asked for, not yet written when the event begins and ends.
  const auto added = run.add("* * * * *", "a", Retrigger::kYes);
  EXPECT_EQ(run.schedule().begin(taken.at(0).entry), true);
  run.schedule().finished(taken.at(0), true);
  run.settle();
  EXPECT_EQ(*added, "yes");
  EXPECT_THAT(run.rows(), ElementsAre("a @ * * * * * again"));
  run.advance(1min);
  EXPECT_THAT(run.fire(), ElementsAre("a 0:02"));
}

TEST(DurableSchedule, AnOrderlyStopKeepsWhatWasNotDelivered) {
  Disk disk;
  {
    EngineRun run(disk, kStart);
    run.add("* * * * *", "a");
    run.settle();
    run.advance(1min);
    auto taken = run.take();
    run.advance(1min);
    taken.push_back(run.take().at(0));
    EXPECT_EQ(run.schedule().begin(taken[0].entry), false);
    run.schedule().finished(taken[0], true);
    run.schedule().dropped(taken[1], true);
    ASSERT_TRUE(run.schedule().flush());
  }
  EngineRun run(disk, kStart + 2min + 30s);
  EXPECT_THAT(run.fire(), ElementsAre("a 0:02"));
}

TEST(DurableSchedule, WhatPiledUpIsHandedOutInPartsAndInOrder) {
  Disk disk;
  {
    EngineRun run(disk, kStart);
    for (int i = 0; i < 2000; ++i) run.delay(1s * (2000 - i), "d");
    run.settle();
  }
  EngineRun run(disk, kStart + 24h);
  std::vector<WallTime> fired;
  std::vector<Occurrence> waiting = run.take();
  EXPECT_EQ(waiting.size(), 512);
  while (!waiting.empty()) {
    const Occurrence next = waiting.front();
    waiting.erase(waiting.begin());
    fired.push_back(next.at);
    EXPECT_EQ(run.schedule().begin(next.entry), true);
    run.schedule().finished(next, true);
    for (const Occurrence& each : run.take()) waiting.push_back(each);
    EXPECT_LE(waiting.size(), 512);
  }
  EXPECT_EQ(fired.size(), 2000);
  EXPECT_TRUE(std::ranges::is_sorted(fired));
}

TEST(DurableSchedule, CountsWhatWasLeftOutOnce) {
  Disk disk;
  {
    EngineRun run(disk, kStart);
    run.add("* * * * *", "a");
    run.settle();
    ASSERT_TRUE(run.schedule().flush());
  }
  for (int restart = 1; restart <= 3; ++restart) {
    EngineRun run(disk, kStart + restart * 10min);
    EXPECT_EQ(run.fire().size(), 1);
    EXPECT_EQ(run.missed, 9);
    ASSERT_TRUE(run.schedule().flush());
    EXPECT_EQ(disk.rows.begin()->second.progress.missed, 9U * static_cast<unsigned>(restart));
  }
}

}  // namespace
}  // namespace hermes::ext::cron

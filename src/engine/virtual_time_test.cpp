// Applications made of real components, in virtual time: days pass in milliseconds, and the order
// of what is ready at the same time is chosen, and replayed, by a seed.
#include "engine/testing/simulated_engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace hermes::engine {
namespace {

using namespace std::chrono_literals;
using ext::integration_test::CaseKind;
using ext::integration_test::CaseResult;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using testing::SimulatedEngine;

// As the lines show them: JSON inside of JSON strings.
constexpr std::string_view kEveryMinute = R"(Tick: \"every minute\")";
constexpr std::string_view kWorkingDays = R"(Tick: \"working days\")";

app::Application& must_start(SimulatedEngine& engine, const std::string& name,
                             const std::vector<std::string>& guests) {
  auto application = engine.start(name, guests);
  if (!application) {
    ADD_FAILURE() << application.error().message;
    std::abort();
  }
  return **application;
}

TEST(VirtualTime, HeartbeatBeatsSeventyTimesInOrderAndSaysThatItIsDone) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    SCOPED_TRACE(seed);
    SimulatedEngine engine(seed);
    must_start(engine, "heartbeat", {"heartbeat"});
    engine.executor().run_for(69s + 500ms);
    EXPECT_THAT(engine.done(), IsEmpty());
    engine.executor().run_for(1s);
    EXPECT_THAT(engine.done(), ElementsAre(Pair("heartbeat", 0)));
    int beats = 0;
    for (const std::string& line : engine.lines()) {
      if (line.find("heartbeat number") == std::string::npos) continue;
      ++beats;
      EXPECT_THAT(line, HasSubstr("\"heartbeat number " + std::to_string(beats) + "\""));
      EXPECT_THAT(line, HasSubstr("\"stream\":\"stdout\""));
    }
    EXPECT_EQ(beats, 70);
    EXPECT_EQ(engine.event_log().calls()[event::Outcome::kTrapped], 0);
  }
}

TEST(VirtualTime, EveryCallHasAFreshInstance) {
  SimulatedEngine engine;
  must_start(engine, "heartbeat", {"heartbeat"});
  engine.executor().run_for(1h);
  EXPECT_GE(engine.count("Tick: "), 130);
  EXPECT_EQ(engine.count("Tick: "), engine.count(R"("data":{"calls":1})"));
}

TEST(VirtualTime, ALongWeekendOfCron) {
  SimulatedEngine engine;
  // Friday 2024-01-05 00:00.
  engine.executor().manual_clock().set_wall(ManualClock::kWallStart + 24h * 4);
  must_start(engine, "heartbeat", {"heartbeat"});
  engine.executor().run_for(24h * 3);
  EXPECT_EQ(engine.count(kEveryMinute), 3 * 24 * 60);
  EXPECT_EQ(engine.count(kWorkingDays), 2);
}

TEST(VirtualTime, SettingTheClockBackRepeatsNothing) {
  SimulatedEngine engine;
  must_start(engine, "heartbeat", {"heartbeat"});
  engine.executor().run_for(9h);
  EXPECT_EQ(engine.count(kEveryMinute), 9 * 60);
  EXPECT_EQ(engine.count(kWorkingDays), 2);
  ManualClock& clock = engine.executor().manual_clock();
  clock.set_wall(clock.wall() - 2h);
  engine.executor().run_for(2h);
  EXPECT_EQ(engine.count(kEveryMinute), 9 * 60);
  EXPECT_EQ(engine.count(kWorkingDays), 2);
  engine.executor().run_for(1h);
  EXPECT_EQ(engine.count(kEveryMinute), 10 * 60);
}

TEST(VirtualTime, SettingTheClockForwardLosesNothingSilently) {
  SimulatedEngine engine;
  must_start(engine, "heartbeat", {"heartbeat"});
  engine.executor().run_for(1h);
  ManualClock& clock = engine.executor().manual_clock();
  // Over both times of the working day.
  clock.set_wall(clock.wall() + 10h);
  engine.executor().run_for(30s);
  EXPECT_EQ(engine.count(kEveryMinute), 61);
  EXPECT_EQ(engine.count(kWorkingDays), 1);
  EXPECT_EQ(engine.count(R"("tag":"every minute","count":599)"), 1);
  EXPECT_EQ(engine.count(R"("tag":"working days","count":1)"), 1);
}

TEST(VirtualTime, ApplicationsDoNotSeeEachOther) {
  SimulatedEngine engine;
  app::Application& first = must_start(engine, "first", {"heartbeat"});
  must_start(engine, "second", {"heartbeat"});
  engine.executor().run_for(10min);
  EXPECT_EQ(engine.count(kEveryMinute), 20);
  engine.stop(first);
  engine.executor().run_for(10min);
  EXPECT_EQ(engine.count(kEveryMinute), 30);
  // What one of them lists are its own entries alone: two of the crontab and the first beat, at
  // each start.
  EXPECT_EQ(engine.count("Scheduled: "), 6);
}

TEST(VirtualTime, StoppingAnApplicationEndsItsEvents) {
  SimulatedEngine engine;
  app::Application& application = must_start(engine, "heartbeat", {"heartbeat"});
  engine.executor().run_for(10s);
  const std::size_t before = engine.count("Tick: ");
  EXPECT_GT(before, 0);
  engine.stop(application);
  engine.executor().run_for(24h);
  EXPECT_EQ(engine.count("Tick: "), before);
}

// --------------------------------------------------------------------------------------------------------------
// init

TEST(VirtualTime, TheFirstStatusOfDoneCounts) {
  SimulatedEngine engine;
  must_start(engine, "app", {"init-done"});
  EXPECT_THAT(engine.done(), ElementsAre(Pair("app", 7)));
}

TEST(VirtualTime, DoneTrapsWhereItIsNotGranted) {
  SimulatedEngine engine;
  const auto started = engine.start("app", {"init-done"}, app::EngineControl::kDenied);
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("engine-control"));
  EXPECT_THAT(engine.done(), IsEmpty());
}

TEST(VirtualTime, AnInitThatAnswersFalseKeepsTheApplicationFromStarting) {
  SimulatedEngine engine;
  const auto started = engine.start("app", {"init-false"});
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("module init-false: its init answered false"));
}

TEST(VirtualTime, AnInitThatTrapsIsNamedWithItsFrames) {
  SimulatedEngine engine;
  const auto started = engine.start("app", {"hostile-trap-init"});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kTrap);
  EXPECT_THAT(started.error().message, HasSubstr("module hostile-trap-init: its init trapped"));
  EXPECT_THAT(started.error().message, HasSubstr("\n    at "));
}

TEST(VirtualTime, AfterAFailureNoFurtherModuleIsInitialisedAndNoEventComes) {
  SimulatedEngine engine;
  ASSERT_FALSE(engine.start("app", {"heartbeat", "init-false", "text-utf8"}));
  EXPECT_EQ(engine.count(R"("module":"heartbeat")"), 4);
  EXPECT_EQ(engine.count(R"("module":"text-utf8")"), 0);
  engine.executor().run_for(24h);
  EXPECT_EQ(engine.count("Tick: "), 0);
}

TEST(VirtualTime, TheSameComponentTwiceIsRefused) {
  SimulatedEngine engine;
  const auto started = engine.start("app", {"noop", "noop"});
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, HasSubstr("noop is in application app already"));
}

// -----------------------------------------------------------------------------------------------------
// hostile guests

TEST(VirtualTime, ATrapCostsOneCall) {
  SimulatedEngine engine;
  must_start(engine, "app", {"hostile-trap", "heartbeat"});
  engine.executor().run_for(10s);
  // Each tick goes to both modules: the tick that hostile-trap has asked for, and ten beats.
  EXPECT_EQ(engine.event_log().calls()[event::Outcome::kTrapped], 11);
  EXPECT_EQ(engine.count("third-function"), 11);
  EXPECT_EQ(engine.count("heartbeat number"), 10);
}

TEST(VirtualTime, CronEntriesAreBounded) {
  Config config;
  config.cron.schedule.max_entries = 50;
  SimulatedEngine engine(1, config);
  must_start(engine, "app", {"hostile-cron-flood"});
  engine.executor().run_for(1s);
  EXPECT_EQ(engine.count("the application has 50 entries"), 1);
}

TEST(VirtualTime, WhatManyCronEntriesMissedIsSaidInSum) {
  Config config;
  config.cron.schedule.max_entries = 300;
  SimulatedEngine engine(1, config);
  // Entries for each first of January, as many as there is room for.
  must_start(engine, "app", {"hostile-cron-flood"});
  engine.executor().run_for(1s);
  ManualClock& clock = engine.executor().manual_clock();
  clock.set_wall(clock.wall() + 24h * 366 * 3);
  engine.executor().run_for(30s);
  EXPECT_EQ(engine.count("cron events were left out: their time has passed"), 100);
  EXPECT_EQ(engine.count("cron events of many more entries were left out"), 1);
}

TEST(VirtualTime, TheRateOfTheLogIsBoundedAndWhatIsDroppedIsCounted) {
  constexpr std::string_view kFromGuest = "\"module\":";
  constexpr std::string_view kDropped = "\"dropped\":";
  SimulatedEngine unlimited;
  app::Application& all = must_start(unlimited, "app", {"heartbeat"});
  unlimited.executor().run_for(60s);
  unlimited.stop(all);

  Config config;
  config.application.output.lines_per_second = 1;
  SimulatedEngine limited(1, config);
  app::Application& some = must_start(limited, "app", {"heartbeat"});
  limited.executor().run_for(60s);
  limited.stop(some);

  const std::size_t written = limited.count(kFromGuest);
  EXPECT_LE(written, 2 + 60);
  EXPECT_GE(written, 60);
  std::size_t dropped = 0;
  for (const std::string& line : limited.lines()) {
    const std::size_t at = line.find(kDropped);
    if (at != std::string::npos) dropped += std::stoul(line.substr(at + kDropped.size()));
  }
  EXPECT_EQ(written + dropped, unlimited.count(kFromGuest));
  EXPECT_GT(limited.count("lines of app were dropped in the last"), 0);
  EXPECT_LE(limited.count("lines of app were dropped in the last"), 61);
  EXPECT_EQ(limited.count("lines of app were dropped in the last"),
            limited.count("; raise --log-lines-per-second or log less"));
}

// ---------------------------------------------------------------------------------------------------
// integration tests

TEST(VirtualTime, ListsAndRunsTheCasesOfAComponent) {
  SimulatedEngine engine;
  app::Application& application = must_start(engine, "app", {"everything-cpp"});
  app::Module& module = *application.modules().front();
  auto& extension = engine.extensions().integration_test;
  ASSERT_TRUE(extension.has_cases(module, CaseKind::kTest));
  const auto ask = [&](CaseKind kind, std::uint32_t index, bool run) {
    std::optional<CaseResult> answer;
    EXPECT_TRUE(extension.ask(application, module, kind, index, run,
                              [&](CaseResult result) { answer = std::move(result); }));
    engine.executor().run_ready();
    EXPECT_TRUE(answer);
    return std::move(*answer);
  };
  std::uint32_t count = 0;
  for (;; ++count) {
    const CaseResult listed = ask(CaseKind::kTest, count, false);
    ASSERT_EQ(listed.outcome, event::Outcome::kCompleted);
    if (!listed.result) break;
    EXPECT_FALSE(listed.result->name.empty());
  }
  EXPECT_GE(count, 3);
  const CaseResult none = ask(CaseKind::kTest, count, true);
  EXPECT_EQ(none.outcome, event::Outcome::kCompleted);
  EXPECT_FALSE(none.result);
}

}  // namespace
}  // namespace hermes::engine

// Applications made of real components whose engine is stopped and started again, in virtual time.
#include "base/testing/temporary_directory.hpp"
#include "engine/testing/simulated_engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace hermes::engine {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::SimulatedEngine;

class Restart : public ::testing::Test {
 protected:
  Restart() {
    config_.state_directory = folder_;
    config_.cron.store.durability = sqlite::Durability::kProcess;
  }

  const TemporaryDirectory temporary_;
  const std::filesystem::path folder_{temporary_.path()};
  Config config_;
};

constexpr std::string_view kEveryMinute = R"(Tick: \"every minute\")";

TEST_F(Restart, TheScheduleOfTheRunBeforeGoesOn) {
  {
    SimulatedEngine engine(1, config_);
    ASSERT_TRUE(engine.start("app", {"heartbeat"}));
    engine.executor().run_for(3min + 200ms);
    EXPECT_EQ(engine.count(kEveryMinute), 3);
    EXPECT_EQ(engine.count("heartbeat number 70"), 1);
  }
  SimulatedEngine engine(2, config_);
  engine.executor().manual_clock().set_wall(ManualClock::kWallStart + 1h + 30s);
  ASSERT_TRUE(engine.start("app", {"heartbeat"}));
  EXPECT_EQ(engine.count("the schedule of the run before goes on"), 1);
  engine.executor().run_for(1s);
  // init has added them again, which changes nothing: one of what was missed, and the rest counted.
  EXPECT_EQ(engine.count(kEveryMinute), 1);
  EXPECT_EQ(engine.count(R"("tag":"every minute","count":56)"), 1);
  EXPECT_EQ(engine.count("Scheduled: "), 3);
  engine.executor().run_for(30s);
  EXPECT_EQ(engine.count(kEveryMinute), 2);
}

TEST_F(Restart, DelaysGoOnWhereTheyWere) {
  {
    SimulatedEngine engine(1, config_);
    ASSERT_TRUE(engine.start("app", {"heartbeat"}));
    engine.executor().run_for(10s + 500ms);
    EXPECT_EQ(engine.count("heartbeat number"), 10);
  }
  SimulatedEngine engine(2, config_);
  engine.executor().manual_clock().set_wall(ManualClock::kWallStart + 20s);
  ASSERT_TRUE(engine.start("app", {"heartbeat"}));
  engine.executor().run_for(100ms);
  EXPECT_EQ(engine.count("heartbeat number 11"), 1);
  engine.executor().run_for(1s);
  // The chain that goes on, and the one that init has begun.
  EXPECT_EQ(engine.count("heartbeat number 12"), 1);
  EXPECT_EQ(engine.count("heartbeat number 1\\\""), 0);
  EXPECT_EQ(engine.count("\"heartbeat number 1\""), 1);
}

TEST_F(Restart, ApplicationsAreKeptApart) {
  {
    SimulatedEngine engine(1, config_);
    ASSERT_TRUE(engine.start("first", {"heartbeat"}));
  }
  SimulatedEngine engine(2, config_);
  ASSERT_TRUE(engine.start("second", {"heartbeat"}));
  EXPECT_EQ(engine.count("the schedule of the run before goes on"), 0);
  ASSERT_TRUE(engine.start("first", {"heartbeat"}));
  EXPECT_EQ(engine.count("the schedule of the run before goes on"), 1);
}

TEST_F(Restart, ADamagedScheduleKeepsTheApplicationFromStarting) {
  {
    SimulatedEngine engine(1, config_);
    ASSERT_TRUE(engine.start("app", {"heartbeat"}));
  }
  const auto file = folder_ / "applications" / "app" / "cron.sqlite";
  ASSERT_TRUE(std::filesystem::exists(file));
  std::ofstream(file) << std::string(5000, 'x');
  SimulatedEngine engine(2, config_);
  const auto started = engine.start("app", {"heartbeat"});
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message, AllOf(HasSubstr("cron.sqlite"), HasSubstr("damaged")));
}

TEST_F(Restart, AFullDiskIsAnsweredWithFalseAndSaidInTheLog) {
  config_.cron.store.max_pages = 3;
  SimulatedEngine engine(1, config_);
  ASSERT_TRUE(engine.start("app", {"hostile-cron-flood"}));
  engine.executor().run_for(1s);
  EXPECT_EQ(engine.count("hermes:cron add answered false: "), 1);
  EXPECT_GE(engine.count("the disk is full"), 1);
  // It was refused, and the guest went on.
  EXPECT_EQ(engine.event_log().calls()[event::Outcome::kTrapped], 0);
}

}  // namespace
}  // namespace hermes::engine

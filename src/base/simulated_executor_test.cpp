#include "base/simulated_executor.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

namespace hermes {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::seconds;

struct FunctionTask final : Task {
  explicit FunctionTask(std::function<void(Executor&)> its_body) : body(std::move(its_body)) {}
  void run(Executor& here) override { body(here); }
  std::function<void(Executor&)> body;
};

struct FunctionTimer final : Timer {
  explicit FunctionTimer(std::function<void(Executor&)> its_body) : body(std::move(its_body)) {}
  void on_time(Executor& here) override { body(here); }
  std::function<void(Executor&)> body;
};

std::string order_for(std::uint64_t seed) {
  SimulatedExecutor executor(seed);
  std::string order;
  std::vector<std::unique_ptr<FunctionTask>> tasks;
  for (char name = 'a'; name < 'f'; ++name) {
    tasks.push_back(std::make_unique<FunctionTask>([&order, name](Executor&) { order += name; }));
    executor.post(*tasks.back());
  }
  executor.run_ready();
  return order;
}

TEST(SimulatedExecutor, TheSeedDecidesTheOrder) {
  std::set<std::string> orders;
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    EXPECT_EQ(order_for(seed), order_for(seed));
    EXPECT_EQ(order_for(seed).size(), 5U);
    orders.insert(order_for(seed));
  }
  EXPECT_GT(orders.size(), 40U);
}

TEST(SimulatedExecutor, TimeMovesOnlyWhenNothingIsReady) {
  SimulatedExecutor executor(1);
  const SteadyTime start = executor.now();
  const WallTime wall = executor.clock().wall();
  std::vector<Duration> seen;
  FunctionTask task([&](Executor& here) { seen.push_back(here.now() - start); });
  FunctionTimer timer([&](Executor& here) {
    seen.push_back(here.now() - start);
    here.post(task);
  });
  executor.schedule(timer, start + hours{5});
  EXPECT_TRUE(executor.run_until_idle());
  EXPECT_EQ(seen, (std::vector<Duration>{hours{5}, hours{5}}));
  EXPECT_EQ(executor.clock().wall() - wall, hours{5});
}

TEST(SimulatedExecutor, RunUntilStopsAtItsMoment) {
  SimulatedExecutor executor(1);
  int fired = 0;
  FunctionTimer timer([&](Executor& here) {
    ++fired;
    here.schedule(timer, here.now() + seconds{1});
  });
  executor.schedule(timer, executor.now() + seconds{1});
  const SteadyTime start = executor.now();
  executor.run_for(seconds{10});
  EXPECT_EQ(fired, 10);
  EXPECT_EQ(executor.now() - start, seconds{10});
  EXPECT_FALSE(executor.run_until_idle(1000)) << "it schedules itself for ever";
  timer.cancel();
}

TEST(SimulatedExecutor, TakesWorkFromItsSource) {
  struct Source final : WorkSource {
    bool run_one(Executor&) override {
      --left;
      return true;
    }
    [[nodiscard]] bool has_work() const override { return left > 0; }
    bool run_background(Executor&) override {
      --left_in_background;
      return true;
    }
    [[nodiscard]] bool has_background_work() const override { return left_in_background > 0; }
    int left = 7;
    int left_in_background = 5;
  };
  SimulatedExecutor executor(1);
  Source source;
  executor.set_work_source(&source);
  executor.run_ready();
  EXPECT_EQ(source.left, 0);
  EXPECT_EQ(source.left_in_background, 0);
  EXPECT_EQ(executor.steps(), 12U);
}

TEST(ManualClock, TheWallClockStepsAlone) {
  ManualClock clock;
  const SteadyTime steady = clock.steady();
  clock.set_wall(ManualClock::kWallStart - days{400});
  EXPECT_EQ(clock.steady(), steady);
  clock.advance(seconds{3});
  EXPECT_EQ(clock.steady() - steady, seconds{3});
  EXPECT_EQ(clock.wall(), ManualClock::kWallStart - days{400} + seconds{3});
}

}  // namespace
}  // namespace hermes

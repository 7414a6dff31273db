#include "wasm/epoch_ticker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hermes::wasm {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EpochWatchTest : public ::testing::Test {
 protected:
  EpochWatch::Clock::time_point now_{1h};
  EpochHeartbeat heartbeat_{now_};
  int increments_ = 0;
  std::vector<std::string> reports_;
  EpochWatch watch_{heartbeat_, 2ms, [this] { ++increments_; },
                    [this](std::string_view text) { reports_.emplace_back(text); }, 10};
};

TEST_F(EpochWatchTest, LeavesALivingTickerAlone) {
  for (int tick = 0; tick < 1000; ++tick) {
    now_ += 2ms;
    heartbeat_.beat(now_);
    // Late, but within what is tolerated.
    EXPECT_TRUE(watch_.check(now_ + 20ms));
  }
  EXPECT_EQ(heartbeat_.count(), 1000U);
  EXPECT_EQ(increments_, 0);
  EXPECT_TRUE(reports_.empty());
}

TEST_F(EpochWatchTest, TakesOverFromADeadTickerUntilItIsBack) {
  EXPECT_TRUE(watch_.check(now_ + 20ms));
  EXPECT_FALSE(watch_.check(now_ + 21ms));
  EXPECT_EQ(increments_, 1) << "at once, so that a guest that runs too long ends soon";
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("no epoch tick for 21 ms")));

  // Asked a thousand times within 10 ms, it advances once per period, and says nothing more.
  for (int i = 1; i <= 1000; ++i) EXPECT_FALSE(watch_.check(now_ + 21ms + i * 10us));
  EXPECT_EQ(increments_, 6);
  EXPECT_EQ(reports_.size(), 1U);

  now_ += 40ms;
  heartbeat_.beat(now_);
  EXPECT_TRUE(watch_.check(now_));
  EXPECT_EQ(increments_, 6);
  EXPECT_THAT(reports_, ElementsAre(HasSubstr("no epoch tick"), HasSubstr("ticks again")));
}

TEST(EpochTickerTest, TicksUntilItIsDestroyed) {
  auto engine = Engine::create(EngineConfig::on_demand());
  ASSERT_TRUE(engine) << engine.error().message;
  auto ticker = std::make_unique<EpochTicker>(*engine, 1ms);
  const auto before = ticker->heartbeat().last();
  while (ticker->heartbeat().count() < 5) std::this_thread::yield();
  EXPECT_GE(ticker->heartbeat().last() - before, 4ms) << "not faster than its period";
  EpochWatch watch(*ticker, [](std::string_view text) { ADD_FAILURE() << text; });
  EXPECT_TRUE(watch.check(ticker->heartbeat().last()));
  ticker.reset();
  EXPECT_EQ(engine->use_count(), 2) << "the watch keeps the engine, the ticker no longer does";
}

}  // namespace
}  // namespace hermes::wasm

#include "runtime_extensions/logging/state.hpp"

#include "base/simulated_executor.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

namespace hermes::ext::logging {
namespace {

using namespace std::chrono_literals;

class LoggingStateTest : public ::testing::Test {
 protected:
  void flood(int lines) {
    for (int i = 0; i < lines; ++i) written_ += state_->admit(1) ? 1U : 0U;
  }

  SimulatedExecutor executor_{1};
  std::vector<Drops> said_;
  std::uint64_t written_ = 0;
  std::unique_ptr<LoggingState> state_ = std::make_unique<LoggingState>(
      app::OutputBounds{.lines_per_second = 10, .bytes_per_second = 1 << 20}, executor_,
      [this](const Drops& drops) { said_.push_back(drops); });
};

TEST_F(LoggingStateTest, SaysASecondAfterTheFirstDropWhatWasDroppedAlsoWhenNoMoreComes) {
  flood(100);
  EXPECT_EQ(written_, 20);
  executor_.run_for(999ms);
  EXPECT_TRUE(said_.empty());
  executor_.run_for(1ms);
  ASSERT_EQ(said_.size(), 1);
  EXPECT_EQ(said_[0].lines.over_lines, 80);
  EXPECT_EQ(said_[0].within, 1s);
  executor_.run_for(1h);
  EXPECT_EQ(said_.size(), 1);
}

TEST_F(LoggingStateTest, SaysItOncePerSecondWhileLinesAreDropped) {
  for (int i = 0; i < 5000; ++i) {
    flood(1);
    executor_.run_for(1ms);
  }
  EXPECT_EQ(said_.size(), 4);
  state_->stop();
  EXPECT_EQ(said_.size(), 5);
  std::uint64_t dropped = 0;
  for (const Drops& drops : said_) dropped += drops.lines.dropped();
  EXPECT_EQ(written_ + dropped, 5000);
  EXPECT_EQ(state_->counts().written, written_);
  EXPECT_EQ(state_->counts().over_lines, dropped);
}

TEST_F(LoggingStateTest, MayGoWhileItsTimerIsSet) {
  flood(100);
  state_->stop();
  EXPECT_EQ(said_.size(), 1);
  // Calls that still run may log.
  flood(5);
  state_.reset();
  executor_.run_for(1h);
  EXPECT_EQ(said_.size(), 1);
}

TEST_F(LoggingStateTest, SaysNothingWhereNothingWasDropped) {
  flood(10);
  executor_.run_for(10s);
  state_->stop();
  EXPECT_TRUE(said_.empty());
}

}  // namespace
}  // namespace hermes::ext::logging

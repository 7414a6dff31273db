#include "cli/interrupts.hpp"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <vector>

namespace hermes::cli {
namespace {

using namespace std::chrono_literals;

// Collects interrupts, and waits for them.
class InterruptsTest : public testing::Test {
 protected:
  void SetUp() override {
    auto watched = Interrupts::watch([this](const Interrupt& interrupt) {
      const std::lock_guard lock(mutex_);
      seen_.push_back(interrupt);
      changed_.notify_all();
    });
    ASSERT_TRUE(watched) << watched.error().message;
    interrupts_ = std::move(*watched);
  }

  Interrupt wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return seen_.size() >= count; });
    return seen_[count - 1];
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Interrupt> seen_;
  std::unique_ptr<Interrupts> interrupts_;
};

TEST_F(InterruptsTest, ReportsAndCountsSignals) {
  kill(getpid(), SIGINT);
  EXPECT_EQ(wait_for(1).signal, SIGINT);
  kill(getpid(), SIGTERM);
  EXPECT_EQ(wait_for(2).signal, SIGTERM);
  EXPECT_EQ(wait_for(2).count, 2);
}

TEST_F(InterruptsTest, ReportsTheDeadlineOnceAndNotEarly) {
  const SteadyTime deadline = SystemClock().steady() + 20ms;
  interrupts_->set_deadline(deadline);
  EXPECT_EQ(wait_for(1).signal, 0);
  EXPECT_GE(SystemClock().steady(), deadline);
  kill(getpid(), SIGTERM);
  EXPECT_EQ(wait_for(2).signal, SIGTERM);
}

TEST_F(InterruptsTest, ADeadlineInThePastComesAtOnceAndALaterOneReplacesAnEarlier) {
  interrupts_->set_deadline(SystemClock().steady() + 24h);
  interrupts_->set_deadline(SystemClock().steady() - 1h);
  EXPECT_EQ(wait_for(1).signal, 0);
}

TEST_F(InterruptsTest, RestoresTheSignalMask) {
  interrupts_.reset();
  sigset_t mask;
  ASSERT_EQ(pthread_sigmask(SIG_BLOCK, nullptr, &mask), 0);
  EXPECT_EQ(sigismember(&mask, SIGTERM), 0);
}

}  // namespace
}  // namespace hermes::cli

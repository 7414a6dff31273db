#include "cli/interrupts.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
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

TEST_F(InterruptsTest, AHangupFromAProcessAsksForAReloadAndIsNotCounted) {
  kill(getpid(), SIGHUP);
  EXPECT_TRUE(wait_for(1).reload);
  EXPECT_EQ(wait_for(1).signal, 0);
  kill(getpid(), SIGTERM);
  EXPECT_EQ(wait_for(2).signal, SIGTERM);
  EXPECT_EQ(wait_for(2).count, 1);
}

/// In a process whose terminal is then closed. Writes 'r' when it watches, and then what it is told
/// first: 'h' for the end of the terminal, 't' for SIGTERM.
[[noreturn]] void report_first_interrupt(const std::string& terminal, bool ignore_hangup, int out) {
  if (ignore_hangup) signal(SIGHUP, SIG_IGN);
  setsid();
  // The first terminal that the leader of a session opens becomes its own.
  const bool opened = open(terminal.c_str(), O_RDWR) >= 0;
  const auto watched = Interrupts::watch([out](const Interrupt& interrupt) {
    char what = '?';
    if (interrupt.signal == SIGHUP && !interrupt.reload) what = 'h';
    if (interrupt.signal == SIGTERM) what = 't';
    static_cast<void>(!write(out, &what, 1));
    _exit(0);
  });
  if (opened && watched) static_cast<void>(!write(out, "r", 1));
  for (;;) pause();
}

TEST(InterruptsOfATerminal, ItsEndIsTheEndUnlessItIsIgnored) {
  for (const bool ignored : {false, true}) {
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    ASSERT_GE(terminal, 0);
    ASSERT_EQ(grantpt(terminal), 0);
    ASSERT_EQ(unlockpt(terminal), 0);
    std::array<int, 2> pipe{};
    ASSERT_EQ(pipe2(pipe.data(), O_CLOEXEC), 0);
    const std::string name = ptsname(terminal);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(terminal);
      report_first_interrupt(name, ignored, pipe[1]);
    }
    close(pipe[1]);
    char first = 0;
    ASSERT_EQ(read(pipe[0], &first, 1), 1);
    EXPECT_EQ(first, 'r');
    close(terminal);
    if (ignored) kill(child, SIGTERM);
    ASSERT_EQ(read(pipe[0], &first, 1), 1);
    EXPECT_EQ(first, ignored ? 't' : 'h');
    close(pipe[0]);
    EXPECT_EQ(waitpid(child, nullptr, 0), child);
  }
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

// Guests that wait, yield, and are cancelled: the states of a call.
#include "wasm/call.hpp"
#include "wasm/testing/guest_run.hpp"
#include "wasm/testing/wat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace hermes::wasm {
namespace {

using testing::calling;
using ::testing::HasSubstr;
using testing::RunExport;

class CallWaitingTest : public testing::GuestTest {
 protected:
  /// Starts `run` of a guest that waits, and polls until it does.
  void start_waiting(RunExport& arguments) {
    const auto pre = prepare(calling("wait", "(param i32 i32)",
                                     "(call $f (i32.const 7) (i32.const 16)) "
                                     "(i32.load8_u (i32.load (i32.const 16)))"));
    ASSERT_TRUE(pre);
    open(*pre);
    const auto exported = find<RunExport>(*pre);
    ASSERT_TRUE(exported);
    exported_ = exported;
    ASSERT_TRUE(call_->start(*exported, arguments));
    Call::Poll polled = call_->poll();
    while (polled == Call::Poll::kRunnable) polled = call_->poll();
    ASSERT_EQ(polled, Call::Poll::kWaiting);
  }
  std::optional<ExportFunc> exported_;
};

TEST_F(CallWaitingTest, AFunctionThatIsReadyAtOnceDoesNotWait) {
  host_.on_wait = [](std::uint32_t n, Completion<std::string> done) {
    std::move(done).complete(std::string(n, 'x'));
  };
  const auto result = run(calling("wait", "(param i32 i32)",
                                  "(call $f (i32.const 7) (i32.const 16)) "
                                  "(i32.load (i32.const 20))"));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, 7U);
}

TEST_F(CallWaitingTest, AnotherThreadCompletes) {
  std::thread other;
  host_.on_wait = [&other](std::uint32_t n, Completion<std::string> done) {
    other = std::thread(
        [n, done = std::move(done)]() mutable { std::move(done).complete(std::string(n, 'y')); });
  };
  const auto result = run(calling("wait", "(param i32 i32)",
                                  "(call $f (i32.const 9) (i32.const 16)) "
                                  "(i32.add (i32.mul (i32.load (i32.const 20)) (i32.const 1000)) "
                                  "(i32.load8_u (i32.load (i32.const 16))))"));
  other.join();
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(*result, 9000U + 'y');
}

TEST_F(CallWaitingTest, ThreadsThatCompleteAndCancelAtOnceLoseNothing) {
  // Completion, cancellation and polling meet in every order over the rounds.
  const auto pre = prepare(calling("wait", "(param i32 i32)",
                                   "(call $f (i32.const 7) (i32.const 16)) "
                                   "(i32.load (i32.const 20))"));
  ASSERT_TRUE(pre);
  const auto exported = find<RunExport>(*pre);
  ASSERT_TRUE(exported);
  int finished = 0;
  int cancelled = 0;
  for (int round = 0; round < 300; ++round) {
    std::atomic<int> cancel_callbacks = 0;
    std::thread completer;
    std::thread canceller;
    host_.on_wait = [&](std::uint32_t n, Completion<std::string> done) {
      done.on_cancel([&cancel_callbacks] { ++cancel_callbacks; });
      completer = std::thread([n, round, done = std::move(done)]() mutable {
        if (round % 3 == 0) std::this_thread::yield();
        std::move(done).complete(std::string(n, 'z'));
      });
    };
    open(*pre);
    RunExport arguments;
    ASSERT_TRUE(call_->start(*exported, arguments));
    if (round % 2 == 0) canceller = std::thread([this] { call_->cancel(); });
    const CallOutcome outcome = owner_.run_to_completion(*call_);
    if (canceller.joinable()) canceller.join();
    call_->close();
    if (completer.joinable()) completer.join();
    if (outcome) {
      ++finished;
      EXPECT_EQ(arguments.result(), 7U);
      EXPECT_EQ(cancel_callbacks, 0);
    } else {
      ++cancelled;
      EXPECT_EQ(outcome.error().kind, CallError::Kind::kCancelled);
      EXPECT_LE(cancel_callbacks, 1);
    }
  }
  EXPECT_GE(finished, 150) << "every round without a cancel finishes";
  EXPECT_EQ(finished + cancelled, 300);
}

TEST_F(CallWaitingTest, ACallThatIsDroppedWhileItWaitsCancelsTheWork) {
  std::optional<Completion<std::string>> kept;
  bool told = false;
  host_.on_wait = [&](std::uint32_t, Completion<std::string> done) {
    done.on_cancel([&told] { told = true; });
    kept.emplace(std::move(done));
  };
  RunExport arguments;
  start_waiting(arguments);
  EXPECT_FALSE(kept->cancelled());
  call_->cancel();
  EXPECT_EQ(owner_.run_to_completion(*call_).error().kind, CallError::Kind::kCancelled);
  call_->close();
  EXPECT_TRUE(told);
  EXPECT_TRUE(kept->cancelled());
  // Too late, and harmless; also for the next call of the same object.
  std::move(*kept).complete("late");
  kept.reset();
}

TEST_F(CallWaitingTest, AForgottenCompletionTraps) {
  std::optional<Completion<std::string>> kept;
  host_.on_wait = [&](std::uint32_t, Completion<std::string> done) {
    kept.emplace(std::move(done));
  };
  RunExport arguments;
  start_waiting(arguments);
  kept.reset();
  const CallOutcome outcome = owner_.run_to_completion(*call_);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().kind, CallError::Kind::kHost);
  EXPECT_THAT(outcome.error().message, HasSubstr("without finishing it"));
}

/// Counts what it is told.
struct CountingOwner final : CallOwner {
  void on_wake(Call& /*call*/) noexcept override { ++wakes; }
  std::atomic<int> wakes = 0;
};

TEST_F(CallWaitingTest, WakesComeOnceAndOnlyWhileTheCallWaits) {
  CountingOwner owner;
  std::optional<Completion<std::string>> kept;
  host_.on_wait = [&](std::uint32_t, Completion<std::string> done) {
    kept.emplace(std::move(done));
  };
  const auto pre = prepare(
      calling("wait", "(param i32 i32)", "(call $f (i32.const 7) (i32.const 16)) (i32.const 1)"));
  ASSERT_TRUE(pre);
  ASSERT_TRUE(call_->open(*pre, context_, owner, {}, nullptr));
  call_->wake();
  const auto exported = find<RunExport>(*pre);
  ASSERT_TRUE(exported);
  RunExport arguments;
  ASSERT_TRUE(call_->start(*exported, arguments));
  call_->wake();
  EXPECT_EQ(owner.wakes, 0) << "the owner has the turn";
  // A tick may end the guest's time slice at any poll.
  const auto poll = [&] {
    Call::Poll polled = call_->poll();
    while (polled == Call::Poll::kRunnable) {
      polled = call_->poll();
    }
    return polled;
  };
  ASSERT_EQ(poll(), Call::Poll::kWaiting);
  call_->wake();
  call_->wake();
  EXPECT_EQ(owner.wakes, 1);
  // A wake without a reason: it waits on.
  ASSERT_EQ(poll(), Call::Poll::kWaiting);
  std::move(*kept).complete("x");
  EXPECT_EQ(owner.wakes, 2);
  ASSERT_EQ(poll(), Call::Poll::kDone);
  call_->wake();
  EXPECT_EQ(owner.wakes, 2);
  EXPECT_EQ(arguments.result(), 1U);
  call_->close();
}

TEST_F(CallWaitingTest, ABusyGuestYieldsAndIsCancelled) {
  const auto pre = prepare(R"wat((module (memory (export "memory") 1)
      (func (export "run") (result i32) (loop $again (br $again)) unreachable)))wat");
  ASSERT_TRUE(pre);
  open(*pre);
  const auto exported = find<RunExport>(*pre);
  RunExport arguments;
  ASSERT_TRUE(call_->start(*exported, arguments));
  ASSERT_EQ(call_->poll(), Call::Poll::kRunnable);
  std::thread([this] { call_->cancel(); }).join();
  ASSERT_EQ(call_->poll(), Call::Poll::kDone);
  EXPECT_EQ(call_->outcome().error().kind, CallError::Kind::kCancelled);
  EXPECT_EQ(call_->memory_bytes(), 65536U) << "kept for the report";
}

}  // namespace
}  // namespace hermes::wasm

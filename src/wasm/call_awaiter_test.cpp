#include "wasm/call_awaiter.hpp"

#include "base/simulated_executor.hpp"
#include "wasm/testing/guest_run.hpp"
#include "wasm/testing/wat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace hermes::wasm {
namespace {

using testing::calling;
using testing::RunExport;

/// A coroutine that starts at once and destroys itself at its end.
struct Started {
  // NOLINTNEXTLINE(readability-identifier-naming): the language asks for these names.
  struct promise_type {
    Started get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
};

class CallAwaiterTest : public testing::GuestTest {
 protected:
  void begin(std::string_view core) {
    const auto pre = prepare(core);
    ASSERT_TRUE(pre);
    ASSERT_TRUE(call_->open(*pre, context_, coroutine_owner_, {}, nullptr));
    exported_ = find<RunExport>(*pre);
    ASSERT_TRUE(exported_);
    ASSERT_TRUE(call_->start(*exported_, arguments_));
    [](CallAwaiterTest& test) -> Started {
      test.outcome_ = co_await test.coroutine_owner_.run(*test.call_);
    }(*this);
  }

  SimulatedExecutor executor_{1};
  CoroutineOwner coroutine_owner_{executor_};
  RunExport arguments_;
  std::optional<ExportFunc> exported_;
  std::optional<CallOutcome> outcome_;
};

TEST_F(CallAwaiterTest, GoesOnAtOnceWhenTheGuestDoesNotWait) {
  begin(R"wat((module (memory (export "memory") 1)
      (func (export "run") (result i32) (i32.const 42))))wat");
  executor_.run_ready();
  ASSERT_TRUE(outcome_.has_value());
  ASSERT_TRUE(outcome_->has_value()) << outcome_->error().message;
  EXPECT_EQ(arguments_.result(), 42U);
}

TEST_F(CallAwaiterTest, IsResumedOnTheExecutorWhenTheGuestHasWaited) {
  std::optional<Completion<std::string>> kept;
  host_.on_wait = [&kept](std::uint32_t, Completion<std::string> done) {
    kept.emplace(std::move(done));
  };
  begin(calling("wait", "(param i32 i32)",
                "(call $f (i32.const 7) (i32.const 16)) (i32.load (i32.const 20))"));
  executor_.run_ready();
  EXPECT_FALSE(outcome_.has_value());
  std::move(*kept).complete("four");
  EXPECT_FALSE(outcome_.has_value()) << "not in the middle of whatever completes";
  executor_.run_ready();
  ASSERT_TRUE(outcome_.has_value());
  EXPECT_EQ(arguments_.result(), 4U);
}

TEST_F(CallAwaiterTest, IsResumedWhenTheCallIsCancelled) {
  begin(R"wat((module (memory (export "memory") 1)
      (func (export "run") (result i32) (loop $again (br $again)) unreachable)))wat");
  EXPECT_FALSE(outcome_.has_value());
  ASSERT_TRUE(executor_.step());
  EXPECT_FALSE(outcome_.has_value()) << "its time slice is over, it goes on later";
  call_->cancel();
  executor_.run_ready();
  ASSERT_TRUE(outcome_.has_value());
  EXPECT_EQ(outcome_->error().kind, CallError::Kind::kCancelled);
}

}  // namespace
}  // namespace hermes::wasm

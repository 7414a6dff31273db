// Calls for coroutines.
#pragma once

#include "base/executor.hpp"
#include "wasm/call.hpp"

#include <cassert>
#include <coroutine>
#include <utility>

namespace hermes::wasm {

/// Polls calls on an executor, for a coroutine that awaits their end:
///
///   CoroutineOwner owner(executor);
///   call->open(pre, context, owner, limits, nullptr);
///   call->start(exported, on_cron);
///   const CallOutcome& outcome = co_await owner.run(*call);
///
/// The first poll happens in the co_await; when that ends the call, the coroutine goes on without
/// having been suspended. Otherwise it is resumed on a thread of the executor. One call at a time.
/// The threads of the executor, and the one that awaits, are inside an Engine::ThreadScope. Must
/// not be destroyed while a call runs: cancel it, and await its end.
class CoroutineOwner final : public CallOwner, private Task {
 public:
  explicit CoroutineOwner(Executor& executor) : executor_(executor) {}

  class Awaiter {
   public:
    [[nodiscard]] bool await_ready() const noexcept { return false; }
    [[nodiscard]] bool await_suspend(std::coroutine_handle<> waiter) {
      CoroutineOwner& owner = owner_;
      assert(owner.call_ == nullptr && "one call at a time");
      owner.call_ = &call_;
      owner.waiter_ = waiter;
      // After a poll that gives the turn up, another thread may resume the coroutine and destroy
      // this object: nothing is touched after it.
      switch (call_.poll()) {
        case Call::Poll::kDone:
          owner.call_ = nullptr;
          return false;
        case Call::Poll::kRunnable:
          owner.executor_.post(owner);
          return true;
        case Call::Poll::kWaiting:
          break;
      }
      return true;
    }
    [[nodiscard]] const CallOutcome& await_resume() const noexcept { return call_.outcome(); }

   private:
    friend class CoroutineOwner;
    Awaiter(CoroutineOwner& owner, Call& call) noexcept : owner_(owner), call_(call) {}
    CoroutineOwner& owner_;
    Call& call_;
  };

  /// Runs `call`, which was opened with this owner and started, to its end.
  [[nodiscard]] Awaiter run(Call& call) noexcept { return Awaiter(*this, call); }

  void on_wake(Call& /*call*/) noexcept override { executor_.post(*this); }

 private:
  void run(Executor& here) override {
    switch (call_->poll()) {
      case Call::Poll::kDone:
        call_ = nullptr;
        std::exchange(waiter_, nullptr).resume();
        break;
      case Call::Poll::kRunnable:
        here.post(*this);
        break;
      case Call::Poll::kWaiting:
        break;
    }
  }

  Executor& executor_;
  Call* call_ = nullptr;
  std::coroutine_handle<> waiter_;
};

}  // namespace hermes::wasm

// How a host function that waits delivers its result.
#pragma once

#include "wasm/call_context.hpp"
#include "wasm/trap.hpp"
#include "wasm/waker.hpp"

#include <cassert>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace hermes::wasm {

/// What Completion and the waiting call share, without the value.
class CompletionCore : public PendingHostCall {
 public:
  using CancelCallback = std::move_only_function<void()>;

  explicit CompletionCore(Waker waker) : waker_(std::move(waker)) {}

  /// By the call: nobody will take the result.
  void cancel() noexcept final;
  /// By the call: true when the result is there; else the call will be woken when it is.
  [[nodiscard]] bool ready_or_wait() noexcept;
  /// By the host: the value was stored.
  void set_done() noexcept;
  void set_cancel_callback(CancelCallback callback);
  [[nodiscard]] bool cancelled() const noexcept;

 private:
  enum class Status { kPending, kDone, kCancelled };

  mutable std::mutex mutex_;
  Status status_ = Status::kPending;
  bool waiting_ = false;
  CancelCallback on_cancel_;
  const Waker waker_;
};

template <class R>
class CompletionState final : public CompletionCore {
 public:
  using CompletionCore::CompletionCore;
  /// Written by the host before set_done, read by the call after ready_or_wait.
  std::optional<HostResult<R>> result;
};

/// The last parameter of a host function that suspends its guest. Whoever holds it completes it
/// once, from any thread, at once or later; that wakes the call. It may be moved between threads,
/// but is used by one at a time.
///
/// The call may end first (deadline, shutdown): then the callback of on_cancel runs, and completing
/// has no effect. A Completion that is destroyed without having been completed traps the guest, so
/// that a forgotten one never leaves a call waiting.
///
/// Views among the other parameters of the host function are gone when the function returns: copy
/// what the work needs later. The CallContext and borrowed resources stay until the call ends, but
/// belong to the thread that runs the call: do not touch them from elsewhere.
template <class R>
class Completion {
 public:
  explicit Completion(Ref<CompletionState<R>> state) noexcept : state_(std::move(state)) {}
  Completion(Completion&&) noexcept = default;
  Completion& operator=(Completion&& other) noexcept {
    Completion old(std::move(*this));
    state_ = std::exchange(other.state_, Ref<CompletionState<R>>());
    return *this;
  }
  ~Completion() {
    if (state_) {
      std::move(*this).complete(
          trap("the host dropped an operation without finishing it: a defect of the engine"));
    }
  }

  /// Delivers the result, or the trap.
  void complete(HostResult<R> result) && {
    assert(state_ && "completed twice, or moved away");
    const Ref<CompletionState<R>> state = std::exchange(state_, Ref<CompletionState<R>>());
    state->result.emplace(std::move(result));
    state->set_done();
  }

  /// Sets what to do when the call ends before the result is there: stop the work. Runs on the
  /// thread that ends the call, or here when the call has ended already. Must be quick, must not
  /// block, and must not assume that complete() is not running at the same time elsewhere.
  void on_cancel(CompletionCore::CancelCallback callback) {
    state_->set_cancel_callback(std::move(callback));
  }

  /// Whether the result is no longer wanted; may become true at any time.
  [[nodiscard]] bool cancelled() const noexcept { return state_->cancelled(); }

 private:
  Ref<CompletionState<R>> state_;
};

}  // namespace hermes::wasm

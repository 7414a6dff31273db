#include "wasm/completion.hpp"

namespace hermes::wasm {

// Callbacks are moved out under the lock, and run and destroyed without it.

void CompletionCore::cancel() noexcept {
  CancelCallback callback;
  {
    const std::scoped_lock lock(mutex_);
    if (status_ != Status::kPending) {
      return;
    }
    status_ = Status::kCancelled;
    callback = std::move(on_cancel_);
  }
  if (callback) {
    callback();
  }
}

bool CompletionCore::ready_or_wait() noexcept {
  const std::scoped_lock lock(mutex_);
  waiting_ = status_ == Status::kPending;
  return status_ == Status::kDone;
}

void CompletionCore::set_done() noexcept {
  CancelCallback unused;
  bool wake = false;
  {
    const std::scoped_lock lock(mutex_);
    if (status_ != Status::kPending) {
      return;
    }
    status_ = Status::kDone;
    wake = waiting_;
    unused = std::move(on_cancel_);
  }
  if (wake && waker_) {
    waker_->wake();
  }
}

void CompletionCore::set_cancel_callback(CancelCallback callback) {
  {
    const std::scoped_lock lock(mutex_);
    if (status_ == Status::kPending) {
      // The one that was set before leaves with `callback`, after the lock is gone.
      std::swap(on_cancel_, callback);
      return;
    }
    if (status_ == Status::kDone) {
      return;
    }
  }
  if (callback) {
    callback();
  }
}

bool CompletionCore::cancelled() const noexcept {
  const std::scoped_lock lock(mutex_);
  return status_ == Status::kCancelled;
}

}  // namespace hermes::wasm

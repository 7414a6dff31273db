#include "wasm/call.hpp"

#include "wasm/native_waker.hpp"
#include "wasm/wasi_view.hpp"

#include <cassert>
#include <utility>

namespace hermes::wasm {
namespace {

void forward_output(void* context, int stream, hn_bytes data) noexcept {
  static_cast<CallContext*>(context)->on_output(
      stream == 1 ? OutputStream::kStandardOutput : OutputStream::kStandardError,
      std::as_bytes(std::span(data.data, data.size)));
}

CallError cancelled_error() {
  CallError error;
  error.kind = CallError::Kind::kCancelled;
  error.message = "the call was cancelled before it ended";
  return error;
}

}  // namespace

Ref<Call> Call::create() { return Ref<Call>::adopt(new Call()); }

Call::~Call() { assert(!is_open() && "a call must be closed before it goes"); }

Result<void> Call::open(const InstancePre& pre, CallContext& context, CallOwner& owner,
                        const CallLimits& limits, const WasiView* wasi) {
  assert(!is_open() && "the call is open already");
  const hn_call_options options{
      .context = &context,
      .waker = to_native_waker(this),
      .wasi = wasi == nullptr ? nullptr : wasi->native(),
      .output = &forward_output,
      .max_memory_bytes = limits.max_memory_bytes,
      .max_handles = limits.max_handles,
  };
  if (native_ == nullptr) native_.reset(hn_call_new());
  if (Result<void> opened = check(hn_call_open(native_.get(), pre.native(), &options)); !opened) {
    return opened;
  }
  open_ = true;
  owner_ = &owner;
  context_ = &context;
  context.set_waker(Waker::share(this));
  return {};
}

Result<void> Call::start(const ExportFunc& exported, ExportCall& call) {
  assert(is_open() && state_.load() == State::kIdle);
  if (call.http() != nullptr) {
    return take_turn(hn_call_start_http(native_.get(), exported.native(), call.http()));
  }
  return take_turn(hn_call_start(native_.get(), exported.native(), &call.callbacks()));
}

Result<void> Call::start_instantiate() {
  assert(is_open() && state_.load() == State::kIdle);
  return take_turn(hn_call_start_instantiate(native_.get()));
}

Result<void> Call::start_drop_slot(std::uint32_t slot) {
  assert(is_open() && state_.load() == State::kIdle);
  return take_turn(hn_call_start_drop(native_.get(), slot));
}

Result<void> Call::take_turn(hn_error* error) {
  if (Result<void> started = check(error); !started) {
    return started;
  }
  outcome_ = CallOutcome();
  cancelled_.store(false, std::memory_order_relaxed);
  // Publishes everything above to wake() and cancel() on other threads.
  state_.store(State::kRunnable, std::memory_order_release);
  return {};
}

Call::Poll Call::poll() {
  assert(state_.load() == State::kRunnable && "only who has the turn may poll");
  // Acquires what a waker has written before it woke the call (a cancel, a result).
  state_.exchange(State::kRunning, std::memory_order_acq_rel);
  if (cancelled_.load(std::memory_order_acquire)) {
    // What the guest was doing is dropped with its instance; the context stays until close().
    final_memory_bytes_ = memory_bytes();
    close_native();
    return end(std::unexpected(cancelled_error()));
  }
  hn_error* error = nullptr;
  if (hn_call_poll(native_.get(), &error) == HN_POLL_READY) {
    if (error == nullptr) {
      return end(CallOutcome());
    }
    const NativeError owned(error);
    return end(std::unexpected(to_call_error(owned)));
  }
  State expected = State::kRunning;
  if (state_.compare_exchange_strong(expected, State::kWaiting, std::memory_order_acq_rel)) {
    return Poll::kWaiting;
  }
  state_.store(State::kRunnable, std::memory_order_release);
  return Poll::kRunnable;
}

Call::Poll Call::end(CallOutcome outcome) noexcept {
  outcome_ = std::move(outcome);
  state_.store(State::kIdle, std::memory_order_release);
  return Poll::kDone;
}

void Call::wake() noexcept {
  State state = state_.load(std::memory_order_acquire);
  for (;;) {
    switch (state) {
      case State::kIdle:
      case State::kRunnable:
      case State::kRunningWoken:
        return;
      case State::kRunning:
        if (state_.compare_exchange_weak(state, State::kRunningWoken, std::memory_order_acq_rel)) {
          return;
        }
        break;
      case State::kWaiting:
        if (state_.compare_exchange_weak(state, State::kRunnable, std::memory_order_acq_rel)) {
          // Nobody else has the turn, so the owner, and this call's use of it, cannot end
          // meanwhile.
          owner_->on_wake(*this);
          return;
        }
        break;
    }
  }
}

void Call::cancel() noexcept {
  cancelled_.store(true, std::memory_order_release);
  wake();
}

void Call::close() noexcept {
  const State state = state_.load(std::memory_order_acquire);
  assert((state == State::kIdle || state == State::kRunnable) && "only who has the turn may close");
  static_cast<void>(state);
  // From here on wakes come to nothing.
  state_.store(State::kIdle, std::memory_order_release);
  close_native();
  if (context_ != nullptr) {
    std::exchange(context_, nullptr)->reset();
  }
  owner_ = nullptr;
  outcome_ = CallOutcome();
  final_memory_bytes_ = 0;
}

std::uint64_t Call::memory_bytes() const noexcept {
  return is_open() ? hn_call_memory_bytes(native_.get()) : final_memory_bytes_;
}

void Call::close_native() noexcept {
  if (std::exchange(open_, false)) hn_call_close(native_.get());
}

void BlockingOwner::on_wake(Call& /*call*/) noexcept {
  // Notified under the lock: once it is free, this object may be gone.
  const std::scoped_lock lock(mutex_);
  woken_ = true;
  woken_changed_.notify_one();
}

const CallOutcome& BlockingOwner::run_to_completion(Call& call) {
  for (;;) {
    switch (call.poll()) {
      case Call::Poll::kDone:
        return call.outcome();
      case Call::Poll::kRunnable:
        break;
      case Call::Poll::kWaiting: {
        std::unique_lock lock(mutex_);
        woken_changed_.wait(lock, [this] { return woken_; });
        woken_ = false;
        break;
      }
    }
  }
}

}  // namespace hermes::wasm

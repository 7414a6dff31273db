#include "event/guest_handler.hpp"

#include <cassert>
#include <optional>
#include <utility>

namespace hermes::event {

/// A call of a guest. Between two events it keeps its objects and what they have grown to.
class GuestCall final : public HandlerCall, private wasm::CallOwner {
 public:
  GuestCall() : call_(wasm::Call::create()) {}

  void begin(GuestHandler& handler, const CallRequest& request) {
    handler_ = &handler;
    waker_ = &request.waker;
    const GuestHandler::Export exported = handler.export_for(request.payload.kind());
    const GuestHandler::Context context = handler.obtain_context(request);
    context_ = &context.context;
    execution_ = context.execution;
    Result<void> begun =
        call_->open(exported.pre, context.context, *this, exported.limits, exported.wasi);
    if (begun) begun = call_->start(exported.function, request.payload.prepare(exported.function));
    if (!begun) failed_to_begin_ = std::move(begun.error());
  }

  CallPoll poll() override {
    if (failed_to_begin_) return CallPoll::kDone;
    switch (call_->poll()) {
      case wasm::Call::Poll::kDone:
        return CallPoll::kDone;
      case wasm::Call::Poll::kRunnable:
        return CallPoll::kRunnable;
      case wasm::Call::Poll::kWaiting:
        return CallPoll::kWaiting;
    }
    return CallPoll::kDone;
  }

  void cancel() noexcept override { call_->cancel(); }

  Outcome outcome(CallFailure& failure) override {
    if (failed_to_begin_) {
      failure.message = failed_to_begin_->message;
      return Outcome::kTrapped;
    }
    const wasm::CallOutcome& outcome = call_->outcome();
    if (outcome) return Outcome::kCompleted;
    const wasm::CallError& error = outcome.error();
    failure.message = error.message;
    failure.backtrace = error.backtrace;
    switch (error.kind) {
      case wasm::CallError::Kind::kLimit:
        return Outcome::kLimit;
      case wasm::CallError::Kind::kCancelled:
        return Outcome::kDeadline;
      case wasm::CallError::Kind::kTrap:
      case wasm::CallError::Kind::kHost:
      case wasm::CallError::Kind::kExit:
      case wasm::CallError::Kind::kEngine:
        return Outcome::kTrapped;
    }
    return Outcome::kTrapped;
  }

  [[nodiscard]] std::uint64_t execution() const override { return execution_; }

  void end() noexcept override {
    call_->close();
    failed_to_begin_.reset();
    handler_->return_context(*context_);
    handler_->calls_.calls_.give(std::unique_ptr<GuestCall>(this));
  }

 private:
  void on_wake(wasm::Call&) noexcept override { waker_->wake(); }

  wasm::Ref<wasm::Call> call_;
  GuestHandler* handler_ = nullptr;
  CallWaker* waker_ = nullptr;
  wasm::CallContext* context_ = nullptr;
  std::uint64_t execution_ = 0;
  std::optional<Error> failed_to_begin_;
};

GuestCallPool::GuestCallPool(std::size_t max_idle) : calls_(max_idle) {}
GuestCallPool::~GuestCallPool() = default;

HandlerCall& GuestHandler::begin(const CallRequest& request) {
  // Owned by itself until end() gives it back to the pool.
  GuestCall& call = *calls_.calls_.take().release();
  call.begin(*this, request);
  return call;
}

}  // namespace hermes::event

#include "event/testing/plain_handler.hpp"

#include <cstdio>
#include <cstdlib>

namespace hermes::event::testing {

class PlainHandler::Call final : public HandlerCall, private Timer {
 public:
  void begin(PlainHandler& handler, const CallRequest& request) {
    handler_ = &handler;
    waker_ = &request.waker;
    execution_ = ++handler.begun_;
    ++handler.under_way_;
    run_ = handler.script_(request);
  }

  CallPoll poll() override {
    if (run_.yields > 0) {
      --run_.yields;
      if (run_.at_yield) run_.at_yield();
      return CallPoll::kRunnable;
    }
    if (run_.takes > Duration::zero()) {
      const bool forever = run_.takes == Duration::max();
      Executor& executor = handler_->executor_;
      const SteadyTime until = forever ? SteadyTime::max() : executor.now() + run_.takes;
      run_.takes = Duration::zero();
      // Last: from here on the wake may come, and the turn is somebody else's.
      executor.schedule(*this, until);
      return CallPoll::kWaiting;
    }
    if (run_.at_end) run_.at_end();
    return CallPoll::kDone;
  }

  void cancel() noexcept override {
    // When the timer cannot be taken back, its wake is on its way.
    if (Timer::cancel()) wake();
  }

  Outcome outcome(CallFailure& failure) override {
    if (run_.outcome != Outcome::kCompleted) failure.message = run_.message;
    return run_.outcome;
  }

  [[nodiscard]] std::uint64_t execution() const override { return execution_; }

  void end() noexcept override {
    run_ = {};
    --handler_->under_way_;
    handler_->calls_.give(std::unique_ptr<Call>(this));
  }

 private:
  void on_time(Executor&) override { wake(); }
  void wake() noexcept { waker_->wake(); }

  PlainHandler* handler_ = nullptr;
  CallWaker* waker_ = nullptr;
  PlainRun run_;
  std::uint64_t execution_ = 0;
};

PlainHandler::PlainHandler(std::string name, Executor& executor, Script script)
    : name_(std::move(name)), executor_(executor), script_(std::move(script)) {}

PlainHandler::~PlainHandler() = default;

HandlerCall& PlainHandler::begin(const CallRequest& request) {
  Call& call = *calls_.take().release();
  call.begin(*this, request);
  return call;
}

wasm::ExportCall& PlainPayload::prepare(const wasm::ExportFunc&) {
  std::fputs("a plain payload was pushed to a handler that is a guest\n", stderr);
  std::abort();
}

}  // namespace hermes::event::testing

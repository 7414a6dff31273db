#include "event/queued_event.hpp"

#include "base/adaptive_mutex.hpp"
#include "event/queue_state.hpp"

#include <chrono>

namespace hermes::event {
namespace {

/// A poll that took less than this has not used up a time slice: something has come for the guest
/// meanwhile, or its thread had no processor.
constexpr Duration kShortPoll = std::chrono::microseconds{200};

Outcome outcome_of(StopReason reason) {
  return reason == StopReason::kShutdown ? Outcome::kDropped : Outcome::kRefused;
}

const char* describe(StopReason reason) {
  switch (reason) {
    case StopReason::kNone:
      return "stopped: the call has reached its deadline";
    case StopReason::kWithdrawn:
      return "stopped: whoever asked for it is gone";
    case StopReason::kShutdown:
      return "stopped: the application is shutting down";
  }
  return "";
}

}  // namespace

bool QueuedEvent::start(Executor& here) {
  const SteadyTime now = here.now();
  state_.store(State::kRunning, std::memory_order_relaxed);
  started_at_ = now;
  next_handler_ = 0;
  completed_ = 0;
  computed_ = Duration::zero();
  outcome_ = Outcome::kCompleted;
  call_ = nullptr;
  handlers_ = only != nullptr ? std::span<Handler* const>(&only, 1)
                              : application->target.handlers(payload->kind());
  if (now > start_by) {
    outcome_ = Outcome::kDeadline;
  } else if (payload->withdrawn()) {
    outcome_ = Outcome::kRefused;
  } else {
    return advance(here);
  }
  finish(here, now);
  return true;
}

void QueuedEvent::run(Executor& here) {
  state_.store(State::kRunning, std::memory_order_relaxed);
  if (advance(here)) queue->complete(*this, false);
}

void QueuedEvent::on_time(Executor&) {
  if (!queue->expedite_if_overdue(*this)) interrupt();
}

void QueuedEvent::wake() noexcept {
  State state = state_.load(std::memory_order_acquire);
  for (;;) {
    const State wanted = state == State::kRunning        ? State::kRunningWoken
                         : state == State::kInterrupting ? State::kInterruptingWoken
                                                         : State::kPosted;
    if (state_.compare_exchange_weak(state, wanted, std::memory_order_acq_rel)) {
      if (wanted == State::kPosted) home_->post(*this);
      return;
    }
  }
}

void QueuedEvent::interrupt() noexcept {
  // Only a call that waits has to be roused; every other comes back to advance() by itself.
  State state = State::kSuspended;
  while (!state_.compare_exchange_weak(state, State::kInterrupting)) {
    // Another thread may be here for another reason: what it saw is older.
    if (state != State::kSuspended && state != State::kInterrupting) return;
    state = State::kSuspended;
    cpu_relax();
  }
  // From here on nobody else touches the event. A timer that fired late may have found its
  // successor.
  if (stop.load() != StopReason::kNone || is_overdue(home_->now())) call_->cancel();

  state = State::kInterrupting;
  if (!state_.compare_exchange_strong(state, State::kSuspended, std::memory_order_acq_rel)) {
    state_.store(State::kPosted, std::memory_order_release);
    home_->post(*this);
  }
}

bool QueuedEvent::advance(Executor& here) {
  for (;;) {
    if (call_ == nullptr) {
      // The time between two calls is so short that the end of one is the start of the next, and
      // the end of the last that of the event.
      const SteadyTime now = next_handler_ == 0 ? started_at_ : call_ended_at_;
      if (next_handler_ == handlers_.size()) {
        finish(here, now);
        return true;
      }
      call_started_at_ = now;
      polled_at_ = reading(here, now);
      if (is_stopped()) {
        outcome_ = outcome_of(stop.load(std::memory_order_relaxed));
        finish(here, call_started_at_);
        return true;
      }
      call_ = &handlers_[next_handler_]->begin({.payload = *payload, .id = id, .waker = *this});
    } else {
      const SteadyTime now = here.now();
      const StopReason reason = stop.load(std::memory_order_relaxed);
      const bool stopped = reason != StopReason::kNone;
      if (stopped || is_overdue(now)) {
        CallFailure failure;
        failure.message = describe(reason);
        end_call(stopped ? outcome_of(reason) : Outcome::kDeadline, &failure, now);
        continue;
      }
      polled_at_ = reading(here, now);
    }
    if (!poll_call(here)) return false;
  }
}

bool QueuedEvent::poll_call(Executor& here) {
  home_ = &here;
  switch (call_->poll()) {
    case CallPoll::kDone: {
      CallFailure failure;
      const Outcome outcome = call_->outcome(failure);
      const SteadyTime now = here.now();
      computed_ += reading(here, now) - polled_at_;
      end_call(outcome, outcome == Outcome::kCompleted ? nullptr : &failure, now);
      return true;
    }
    case CallPoll::kRunnable: {
      const Duration took = reading(here, here.now()) - polled_at_;
      computed_ += took;
      if (took < kShortPoll) {
        state_.store(State::kPosted, std::memory_order_release);
        here.post(*this);
        return false;
      }
      // Its turn in the background may come long after its deadline.
      if (!timer_set_) here.schedule(*this, call_started_at_ + call_deadline);
      timer_set_ = true;
      state_.store(State::kPosted, std::memory_order_release);
      queue->preempt(*this);
      return false;
    }
    case CallPoll::kWaiting: {
      computed_ += reading(here, here.now()) - polled_at_;
      // The wake may come, or have come, at any moment; until the state says otherwise it only
      // leaves a mark.
      here.schedule(*this, call_started_at_ + call_deadline);
      timer_set_ = true;
      State state = State::kRunning;
      if (!state_.compare_exchange_strong(state, State::kSuspended)) {
        state_.store(State::kPosted, std::memory_order_release);
        here.post(*this);
      } else if (stop.load() != StopReason::kNone) {
        // Set while the turn was still here. Harmless if the event has gone on, or is another one,
        // by now.
        interrupt();
      }
      return false;
    }
  }
  return false;
}

void QueuedEvent::end_call(Outcome outcome, const CallFailure* failure, SteadyTime now) {
  if (timer_set_) {
    cancel();
    timer_set_ = false;
  }
  const HandlerReport report{.handler = *handlers_[next_handler_],
                             .outcome = outcome,
                             .failure = failure,
                             .execution = call_->execution(),
                             .ran = now - call_started_at_};
  payload->handled(report);
  if (queue->observer != nullptr) {
    queue->observer->on_handled(application->target, *payload, report);
  }
  call_->end();
  call_ = nullptr;
  call_ended_at_ = now;
  ++next_handler_;
  if (outcome == Outcome::kCompleted) {
    ++completed_;
  } else if (outcome_ == Outcome::kCompleted || outcome == Outcome::kDropped) {
    outcome_ = outcome;
  }
}

void QueuedEvent::finish(Executor& here, SteadyTime now) {
  here.returning_soon();
  const EventSummary summary{.id = id,
                             .outcome = outcome_,
                             .handlers = static_cast<std::uint32_t>(handlers_.size()),
                             .completed = completed_,
                             .waited = started_at_ - pushed_at,
                             .ran = now - started_at_};
  payload->finished(summary);
  if (queue->observer != nullptr) {
    queue->observer->on_finished(application->target, *payload, summary);
  }
  state_.store(State::kIdle, std::memory_order_release);
}

}  // namespace hermes::event

// What the queue must know about modules and applications to run an event. Implemented by the layer
// above: a module is a Handler (through GuestHandler), an application is an EventTarget.
#pragma once

#include "base/clock.hpp"
#include "event/event.hpp"
#include "event/outcome.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace hermes::event {

enum class CallPoll : std::uint8_t {
  /// The call has ended; no wake comes any more.
  kDone,
  /// Its time slice is over, or it was woken meanwhile: it can go on at once, after others.
  kRunnable,
  /// It waits. Exactly one CallWaker::wake follows; it may have come already.
  kWaiting,
};

/// Who is told that a call which waits can go on.
class CallWaker {
 public:
  /// The call is to be polled again. Exactly once after each poll that answered kWaiting, and at no
  /// other time. Any thread, also during that poll; does not poll by itself.
  virtual void wake() noexcept = 0;

 protected:
  ~CallWaker() = default;
};

/// One call of one module for one event, on its way. All functions but cancel are called by one
/// thread at a time: by the one that has the turn, which a poll that answers kWaiting gives up and
/// a wake gives back.
class HandlerCall {
 public:
  virtual ~HandlerCall() = default;

  /// Runs the guest until it ends, waits for something, or its time slice is over. Not called again
  /// after kDone.
  virtual CallPoll poll() = 0;

  /// Makes a call that waits wake up soon, whatever it waits for; the guest is not meant to run
  /// again. While it waits, from any thread.
  virtual void cancel() noexcept = 0;

  /// After kDone: how it ended. Fills `failure` (given empty) unless the outcome is kCompleted.
  virtual Outcome outcome(CallFailure& failure) = 0;

  /// The execution counter of this call.
  [[nodiscard]] virtual std::uint64_t execution() const = 0;

  /// The last call: stops the guest if it has not ended, frees the instance, and gives this object
  /// back.
  virtual void end() noexcept = 0;
};

/// What a handler is called with.
struct CallRequest {
  EventPayload& payload;
  EventId id;
  CallWaker& waker;
};

/// A module as the queue sees it: something that handles events. Lives until the events queue of
/// its application has been drained.
class Handler {
 public:
  /// For reports. Lives as long as the handler.
  [[nodiscard]] virtual std::string_view module_name() const = 0;

  /// Begins to handle `request.payload`, in a fresh instance. The guest does not run before the
  /// first poll. Cannot fail: what goes wrong is the outcome of the call.
  virtual HandlerCall& begin(const CallRequest& request) = 0;

 protected:
  ~Handler() = default;
};

/// An application as the queue sees it. Lives until its part of the events queue has been drained.
class EventTarget {
 public:
  /// For reports. Lives as long as the target.
  [[nodiscard]] virtual std::string_view application_name() const = 0;

  /// The modules that handle `kind`, in the order in which they are called: the order of the
  /// modules in the application. Known since load; the answer does not change once the first event
  /// was pushed. Any thread.
  [[nodiscard]] virtual std::span<Handler* const> handlers(EventKind kind) const = 0;

 protected:
  ~EventTarget() = default;
};

}  // namespace hermes::event

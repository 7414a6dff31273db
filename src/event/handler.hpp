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
  /// Not done. The waker has been, or will be, woken. Woken during the poll: the guest has only
  /// used up its time slice.
  kPending,
  kDone,
};

/// Who is told that a call can go on.
class CallWaker {
 public:
  /// Poll the call again soon. Any thread, any number of times, also during a poll. A wake that
  /// comes after the call has ended is harmless as long as the events queue lives.
  virtual void wake() noexcept = 0;

 protected:
  ~CallWaker() = default;
};

/// One call of one module for one event, on its way. Used by one worker at a time.
class HandlerCall {
 public:
  /// Runs the guest until it ends, waits for something, or its time slice is over. Not called again
  /// after kDone.
  virtual CallPoll poll() = 0;

  /// After kDone: how it ended. Fills `failure` (given empty) unless the outcome is kCompleted.
  virtual Outcome outcome(CallFailure& failure) = 0;

  /// The execution counter of this call.
  [[nodiscard]] virtual std::uint64_t execution() const = 0;

  /// The last call: stops the guest if it has not ended, frees the instance, and gives this object
  /// back.
  virtual void end() noexcept = 0;

 protected:
  ~HandlerCall() = default;
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

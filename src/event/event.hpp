// What happened in the world, on its way to the modules that want to know.
#pragma once

#include "base/clock.hpp"
#include "base/sip_hash.hpp"
#include "base/strong_id.hpp"
#include "event/outcome.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace hermes::wasm {
class ExportCall;
class ExportFunc;
}  // namespace hermes::wasm

namespace hermes::event {

class Handler;
class QueuedEvent;

/// Which event it is: a small number, given out by the engine's list of extensions, so that what
/// handles it is found by index and never by name.
using EventKind = StrongId<struct EventKindTag, std::uint16_t>;

/// Numbers the events that a queue has accepted, from 1.
using EventId = StrongId<struct EventIdTag>;

/// What events are ordered by: events of one source of one application run one after the other, in
/// the order in which they were pushed. Made by EventQueue::source, without allocating. Two
/// applications never share a source.
class SourceKey {
 public:
  /// An event that is ordered with no other.
  static SourceKey unordered() { return SourceKey{}; }
  [[nodiscard]] bool is_unordered() const { return !ordered_; }
  [[nodiscard]] const Hash128& hash() const { return hash_; }
  friend bool operator==(const SourceKey&, const SourceKey&) = default;

 private:
  friend class EventQueue;
  SourceKey() = default;
  explicit SourceKey(Hash128 hash) : hash_(hash), ordered_(true) {}

  Hash128 hash_;
  bool ordered_ = false;
};

/// How one call of one module ended.
struct HandlerReport {
  const Handler& handler;
  Outcome outcome;
  /// Why, unless the outcome is kCompleted. Valid during the function that it is given to.
  const CallFailure* failure;
  /// The execution counter that the guest saw; 0 when nothing was executed.
  std::uint64_t execution;
  /// From the start of the call to its end, suspensions included.
  Duration ran;
};

/// How an event ended.
struct EventSummary {
  EventId id;
  /// kCompleted when all handlers completed; kDropped when a shutdown stopped it; else the outcome
  /// of the first that did not complete.
  Outcome outcome;
  std::uint32_t handlers;
  std::uint32_t completed;
  /// From push to start, and from start to end.
  Duration waited;
  Duration ran;
};

/// What an event carries, and how a module is told about it. One subclass per event, in its
/// extension's room.
///
/// The queue owns the payload of an event that it accepted and calls it from worker threads, one at
/// a time, in this order: withdrawn; for each handler prepare and handled; finished; release. None
/// of them may block or throw.
class EventPayload {
 public:
  EventPayload() = default;
  EventPayload(const EventPayload&) = delete;
  EventPayload& operator=(const EventPayload&) = delete;
  /// For release(): whoever has a payload gives it up through PayloadPtr.
  virtual ~EventPayload() = default;

  [[nodiscard]] virtual EventKind kind() const = 0;

  /// The name that logs, metrics and runtime contexts show: "on-cron". Lives as long as the engine.
  [[nodiscard]] virtual std::string_view event_name() const = 0;

  /// Asked once, just before the first handler would run. true: the producer no longer wants it (a
  /// cron entry was removed), no handler runs, and the outcome is kRefused. To stop handlers that
  /// run already: ApplicationQueue::withdraw.
  [[nodiscard]] virtual bool withdrawn() { return false; }

  /// Builds the typed call of `function` in storage of the payload, with the arguments. It is used
  /// until `handled`; then the storage may be used for the next handler.
  virtual wasm::ExportCall& prepare(const wasm::ExportFunc& function) = 0;

  /// One handler has ended. With outcome kCompleted the call that `prepare` returned holds the
  /// result.
  virtual void handled(const HandlerReport& report) = 0;

  /// The event is over: all handlers have ended, or it was refused or dropped. Called exactly once
  /// for an event that was accepted, before the next event of its source starts. May push other
  /// events.
  virtual void finished(const EventSummary& summary) = 0;

  /// Gives the payload back to where it came from: to its pool, or to `delete this`.
  virtual void release() noexcept { delete this; }

 private:
  friend class ApplicationQueue;
  friend struct QueueState;
  /// While it is in a queue; guarded by the lock of the queue.
  QueuedEvent* queued_ = nullptr;
};

struct PayloadReleaser {
  void operator()(EventPayload* payload) const noexcept { payload->release(); }
};

/// The one owner of a payload: `PayloadPtr(pool.take().release())`, or `make_payload<T>(...)`.
using PayloadPtr = std::unique_ptr<EventPayload, PayloadReleaser>;

template <class T, class... Arguments>
PayloadPtr make_payload(Arguments&&... arguments) {
  return PayloadPtr(new T(std::forward<Arguments>(arguments)...));
}

}  // namespace hermes::event

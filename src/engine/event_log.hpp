// What happens to events, for those who operate the engine.
#pragma once

#include "app/event_catalogue.hpp"
#include "base/log.hpp"
#include "base/sharded_counters.hpp"
#include "event/event_queue.hpp"

#include <cstddef>
#include <cstdint>

namespace hermes::engine {

/// Logs every call that did not complete, with the guest's backtrace, and every event that waited
/// too long to be run; and counts all calls and events: for each application (app::EventCounters),
/// and calls of the engine as a whole. What is reported by whoever asked for the event is logged at
/// level debug (app::FailedCalls). Every target is an app::Application. Any thread.
class EventLog final : public event::EventObserver {
 public:
  /// Both outlive it.
  EventLog(Log& log, const app::EventCatalogue& events) : log_(log), events_(events) {}

  /// Calls so far, by how they ended; also of applications that are gone.
  [[nodiscard]] event::OutcomeCounts calls() const;
  /// Events that were not accepted.
  [[nodiscard]] std::uint64_t refused() const { return counters_.read(kRefused); }

  // event::EventObserver
  void on_handled(const event::EventTarget& target, const event::EventPayload& payload,
                  const event::HandlerReport& report) override;
  void on_finished(const event::EventTarget& target, const event::EventPayload& payload,
                   const event::EventSummary& summary) override;
  void on_refused(const event::EventTarget& target, const event::EventPayload& payload,
                  const event::Refusal& refusal) override;

 private:
  static constexpr std::size_t kRefused = event::kOutcomeCount;

  /// Of what is logged about events like this one.
  [[nodiscard]] LogLevel level_of(const event::EventPayload& payload) const;
  void log_failure(const event::EventTarget& target, const event::EventPayload& payload,
                   const event::HandlerReport& report);
  /// An event that waited too long, so that no module saw it.
  void log_expired(const event::EventTarget& target, const event::EventPayload& payload,
                   const event::EventSummary& summary);

  Log& log_;
  const app::EventCatalogue& events_;
  /// Calls by outcome, then refusals.
  ShardedCounters counters_{kRefused + 1};
};

}  // namespace hermes::engine

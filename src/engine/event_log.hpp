// What happens to events, for those who operate the engine.
#pragma once

#include "app/event_catalogue.hpp"
#include "base/log.hpp"
#include "event/event_queue.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace hermes::engine {

/// Logs every call that did not complete, with the guest's backtrace, and counts all of them. What
/// is reported by whoever asked for the event is logged at level debug (app::FailedCalls). Any
/// thread.
class EventLog final : public event::EventObserver {
 public:
  /// Both outlive it.
  EventLog(Log& log, const app::EventCatalogue& events) : log_(log), events_(events) {}

  /// Calls so far, by how they ended.
  [[nodiscard]] event::OutcomeCounts calls() const;
  /// Events that were not accepted.
  [[nodiscard]] std::uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

  // event::EventObserver
  void on_handled(const event::EventTarget& target, const event::EventPayload& payload,
                  const event::HandlerReport& report) override;
  void on_finished(const event::EventTarget& target, const event::EventPayload& payload,
                   const event::EventSummary& summary) override;
  void on_refused(const event::EventTarget& target, const event::EventPayload& payload,
                  const event::Refusal& refusal) override;

 private:
  Log& log_;
  const app::EventCatalogue& events_;
  std::array<std::atomic<std::uint64_t>, event::kOutcomeCount> calls_{};
  std::atomic<std::uint64_t> refused_{0};
};

}  // namespace hermes::engine

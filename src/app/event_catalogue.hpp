// All events that the engine can deliver.
#pragma once

#include "event/event.hpp"
#include "wasm/instance_pre.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace hermes::app {

/// Who is told that a call of an event did not complete.
enum class FailedCalls : bool {
  /// Whoever reads the engine's log.
  kLogged,
  /// Whoever asked for the event: it waits for the outcome, and reports it. The log would only say
  /// the same again, so it does that at level debug.
  kAnswered,
};

/// One event that a component may handle, by exporting one function.
struct EventType {
  event::EventKind kind;
  /// "on-cron".
  std::string_view name;
  /// The export; a constant of the generated bindings.
  const wasm::ExportType* export_type = nullptr;
  FailedCalls failed_calls = FailedCalls::kLogged;
};

/// The events of all extensions; an event's kind is its place here. Made by the engine from its
/// list of extensions, before the first module is loaded, and constant from then on.
class EventCatalogue {
 public:
  /// Adds an event under the next free kind. `name` and `export_type` live as long as the
  /// catalogue.
  event::EventKind add(std::string_view name, const wasm::ExportType& export_type,
                       FailedCalls failed_calls = FailedCalls::kLogged) {
    const event::EventKind kind(static_cast<event::EventKind::rep>(events_.size()));
    events_.push_back({kind, name, &export_type, failed_calls});
    return kind;
  }

  [[nodiscard]] std::span<const EventType> events() const { return events_; }
  /// `kind` was given out by this catalogue.
  [[nodiscard]] const EventType& event(event::EventKind kind) const {
    return events_[kind.value()];
  }
  [[nodiscard]] std::size_t size() const { return events_.size(); }

 private:
  std::vector<EventType> events_;
};

}  // namespace hermes::app

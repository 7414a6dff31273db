// All events that the engine can deliver.
#pragma once

#include "event/event.hpp"
#include "wasm/instance_pre.hpp"

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace hermes::app {

/// One event that a component may handle, by exporting one function.
struct EventType {
  event::EventKind kind;
  /// "on-cron".
  std::string_view name;
  /// The export; a constant of the generated bindings.
  const wasm::ExportType* export_type = nullptr;
};

/// The events of all extensions; an event's kind is its place here. Made by the engine from its
/// list of extensions, before the first module is loaded, and constant from then on.
class EventCatalogue {
 public:
  /// Adds an event under the next free kind. `name` and `export_type` live as long as the
  /// catalogue.
  event::EventKind add(std::string_view name, const wasm::ExportType& export_type) {
    const event::EventKind kind(static_cast<event::EventKind::rep>(events_.size()));
    events_.push_back({kind, name, &export_type});
    return kind;
  }

  [[nodiscard]] std::span<const EventType> events() const { return events_; }
  [[nodiscard]] std::size_t size() const { return events_.size(); }

 private:
  std::vector<EventType> events_;
};

}  // namespace hermes::app

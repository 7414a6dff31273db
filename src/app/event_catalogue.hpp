// All events that the engine can deliver.
#pragma once

#include "base/result.hpp"
#include "event/event.hpp"
#include "wasm/instance_pre.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
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

/// `wasi:http/incoming-handler`, which has no generated bindings: its parameters are resources that
/// Wasmtime makes.
struct HttpHandlerExport {
  static constexpr std::string_view kInterface = "wasi:http/incoming-handler";
  static constexpr std::string_view kFunction = "handle";
  /// Any patch version of this one.
  static constexpr std::string_view kVersion = "0.2.";
};

/// One event that a component may handle, by exporting one function.
struct EventType {
  event::EventKind kind;
  /// "on-cron".
  std::string_view name;
  /// A constant of the generated bindings; or that of wasi:http.
  std::variant<const wasm::ExportType*, HttpHandlerExport> function;
  FailedCalls failed_calls = FailedCalls::kLogged;

  /// The function of a component that handles it, if there is one.
  [[nodiscard]] Result<std::optional<wasm::ExportFunc>> find_in(
      const wasm::InstancePre& component) const {
    if (const auto* type = std::get_if<const wasm::ExportType*>(&function)) {
      return component.find_export(**type);
    }
    return component.find_http_handler();
  }
};

/// The events of all extensions; an event's kind is its place here. Made by the engine from its
/// list of extensions, before the first module is loaded, and constant from then on.
class EventCatalogue {
 public:
  /// Adds an event under the next free kind. `name` and `export_type` live as long as the
  /// catalogue.
  event::EventKind add(std::string_view name, const wasm::ExportType& export_type,
                       FailedCalls failed_calls = FailedCalls::kLogged) {
    return add(name, &export_type, failed_calls);
  }
  /// The same, for an event that is a call of `wasi:http/incoming-handler` with a wasm::HttpHandle.
  event::EventKind add_http_handler(std::string_view name,
                                    FailedCalls failed_calls = FailedCalls::kLogged) {
    return add(name, HttpHandlerExport{}, failed_calls);
  }

  [[nodiscard]] std::span<const EventType> events() const { return events_; }
  /// `kind` was given out by this catalogue.
  [[nodiscard]] const EventType& event(event::EventKind kind) const {
    return events_[kind.value()];
  }
  [[nodiscard]] std::size_t size() const { return events_.size(); }

 private:
  event::EventKind add(std::string_view name,
                       std::variant<const wasm::ExportType*, HttpHandlerExport> function,
                       FailedCalls failed_calls) {
    const event::EventKind kind(static_cast<event::EventKind::rep>(events_.size()));
    events_.push_back({kind, name, function, failed_calls});
    return kind;
  }

  std::vector<EventType> events_;
};

}  // namespace hermes::app

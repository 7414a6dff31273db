// What a component is, without running it.
#pragma once

#include "app/event_catalogue.hpp"
#include "base/result.hpp"
#include "wasm/component.hpp"
#include "wasm/digest.hpp"
#include "wasm/linker.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace hermes::engine {

/// Where an imported interface comes from.
enum class Provision : std::uint8_t {
  /// The engine provides all of it.
  kProvided,
  /// Some or all of it is missing.
  kMissing,
};

struct InspectedImport {
  wasm::ComponentItem item;
  Provision provision = Provision::kProvided;
  /// What of it is missing.
  std::vector<std::string> missing;
  /// The version that the engine has instead, if it has another one; else empty.
  std::string provided_version;
};

/// An event of the engine, and whether the component handles it.
struct InspectedEvent {
  std::string name;
  std::string interface_name;
  bool handled = false;
  /// Why an export of that name cannot be used; empty when there is nothing wrong.
  std::string problem;
};

struct Inspection {
  std::string file;
  std::uint64_t bytes = 0;
  wasm::Digest digest{};
  std::vector<InspectedImport> imports;
  std::vector<wasm::ComponentItem> exports;
  std::vector<InspectedEvent> events;
  /// What to do about what is missing or wrong, a sentence each; empty when the component can be
  /// run as it is.
  std::vector<std::string> advice;

  [[nodiscard]] bool runnable() const { return advice.empty(); }
};

/// Compares what `component` imports and exports with what the engine offers.
Result<Inspection> inspect(const wasm::Component& component, const wasm::Linker& linker,
                           const app::EventCatalogue& events);

}  // namespace hermes::engine

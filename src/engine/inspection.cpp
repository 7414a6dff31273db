#include "engine/inspection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

namespace hermes::engine {

namespace {

// "wasi:io/poll@0.2.6" without its version.
std::string_view without_version(std::string_view name) { return name.substr(0, name.find('@')); }

InspectedImport inspect_import(const wasm::ComponentItem& item,
                               const std::vector<wasm::MissingImport>& missing) {
  InspectedImport import;
  import.item = item;
  const auto found = std::ranges::find(missing, item.name, &wasm::MissingImport::interface_name);
  if (found == missing.end()) return import;
  import.provision = Provision::kMissing;
  import.missing = found->functions;
  for (const std::string& resource : found->resources) {
    import.missing.push_back("resource " + resource);
  }
  import.provided_version = found->provided_version.value_or("");
  return import;
}

InspectedEvent inspect_http_handler(const app::EventType& event,
                                    const std::vector<wasm::ComponentItem>& exports) {
  using Handler = app::HttpHandlerExport;
  InspectedEvent result{std::string(event.name), std::string(Handler::kInterface), false, {}};
  for (const wasm::ComponentItem& item : exports) {
    if (without_version(item.name) != Handler::kInterface) continue;
    const std::string_view name = item.name;
    result.handled = name.substr(name.find('@') + 1).starts_with(Handler::kVersion);
    if (!result.handled) {
      result.problem =
          fmt::format("{} is not served; {}@{}x is", name, Handler::kInterface, Handler::kVersion);
    }
  }
  return result;
}

InspectedEvent inspect_event(const app::EventType& event,
                             const std::vector<wasm::ComponentItem>& exports) {
  const auto* const exported = std::get_if<const wasm::ExportType*>(&event.function);
  if (exported == nullptr) return inspect_http_handler(event, exports);
  const wasm::FunctionType& type = (*exported)->function;
  InspectedEvent result{std::string(event.name), std::string(type.interface_name), false, {}};
  for (const wasm::ComponentItem& item : exports) {
    if (without_version(item.name) != without_version(type.interface_name)) continue;
    const auto function =
        std::ranges::find(item.functions, type.name, &wasm::ComponentItem::Function::name);
    if (function == item.functions.end()) continue;
    result.handled = function->signature == type.signature;
    if (!result.handled) {
      result.problem = fmt::format("{}.{} has the type {}, expected is {}", item.name, type.name,
                                   function->signature, type.signature);
    }
    return result;
  }
  return result;
}

}  // namespace

Result<Inspection> inspect(const wasm::Component& component, const wasm::Linker& linker,
                           const app::EventCatalogue& events) {
  auto type = component.describe();
  if (!type) return std::unexpected(std::move(type).error());
  auto missing = linker.missing_imports(component);
  if (!missing) return std::unexpected(std::move(missing).error());

  Inspection result;
  for (const wasm::ComponentItem& item : type->imports) {
    result.imports.push_back(inspect_import(item, *missing));
  }
  result.exports = std::move(type->exports);
  for (const app::EventType& event : events.events()) {
    result.events.push_back(inspect_event(event, result.exports));
  }

  if (!missing->empty()) {
    result.advice.emplace_back(
        "This engine does not provide all that the component imports. Build it against a world "
        "without the imports "
        "marked as missing, or run it with --trap-missing-imports: it then traps when it calls one "
        "of them.");
  }
  bool handles_any = false;
  for (const InspectedEvent& event : result.events) {
    handles_any = handles_any || event.handled;
    if (!event.problem.empty()) {
      result.advice.push_back(event.problem +
                              ". Build it against the WIT of this engine (the folder wit/).");
    }
  }
  if (!handles_any && result.advice.empty()) {
    result.advice.emplace_back(
        "It handles no event, so nothing of it would ever run. Export at least one of the event "
        "interfaces, for "
        "example hermes:init/event.");
  }
  return result;
}

}  // namespace hermes::engine

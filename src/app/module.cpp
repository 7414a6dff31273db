#include "app/module.hpp"

#include "app/application.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <utility>

namespace hermes::app {

namespace {

Error missing_imports_error(const std::vector<wasm::MissingImport>& missing) {
  std::string message = "it imports what this engine does not provide:\n";
  for (const wasm::MissingImport& each : missing) {
    message += "  " + each.interface_name;
    if (each.provided_version) {
      message += fmt::format(" (there is version {})", *each.provided_version);
    }
    std::string names;
    for (const std::string& name : each.functions) names += (names.empty() ? "" : ", ") + name;
    for (const std::string& name : each.resources) {
      names += (names.empty() ? "" : ", ") + ("resource " + name);
    }
    if (!names.empty()) message += ": " + names;
    message += '\n';
  }
  message +=
      "Build it against a world without these imports, or pass --trap-missing-imports to load it "
      "all the same: it "
      "then traps when it calls one of them.";
  return {ErrorCode::kLink, std::move(message)};
}

}  // namespace

Result<LinkedComponent> LinkedComponent::link(std::string name, const wasm::Component& component,
                                              const wasm::Digest& digest,
                                              const wasm::Linker& linker,
                                              const EventCatalogue& events,
                                              MissingImports missing) {
  auto absent = linker.missing_imports(component);
  if (!absent) return std::unexpected(std::move(absent).error());
  std::optional<wasm::Linker> trapping;
  if (!absent->empty()) {
    if (missing == MissingImports::kRefuse) return std::unexpected(missing_imports_error(*absent));
    trapping = linker.clone();
    if (auto done = trapping->trap_missing_imports(component); !done) {
      return std::unexpected(std::move(done).error());
    }
  }
  auto pre = wasm::InstancePre::create(trapping ? *trapping : linker, component);
  if (!pre) return std::unexpected(std::move(pre).error());

  std::vector<std::optional<wasm::ExportFunc>> handlers;
  handlers.reserve(events.size());
  for (const EventType& event : events.events()) {
    auto found = event.find_in(*pre);
    if (!found) return std::unexpected(std::move(found).error());
    handlers.push_back(std::move(*found));
  }
  return LinkedComponent{std::move(name), digest, std::move(*pre), std::move(handlers)};
}

Module::Module(Application& application, std::size_t index, std::string name,
               std::shared_ptr<const LinkedComponent> component, const wasm::CallLimits& limits,
               const wasm::WasiView* wasi, RuntimeContextPool& contexts,
               event::GuestCallPool& calls)
    : GuestHandler(calls),
      application_(application),
      index_(index),
      name_(std::move(name)),
      id_(ModuleId::of(application.name(), component->digest)),
      component_(std::move(component)),
      limits_(limits),
      wasi_(wasi),
      contexts_(contexts) {}

event::GuestHandler::Export Module::export_for(event::EventKind kind) const {
  return {.pre = component_->pre,
          .function = *component_->handlers[kind.value()],
          .limits = limits_,
          .wasi = wasi_};
}

event::GuestHandler::Context Module::obtain_context(const event::CallRequest& request) {
  const std::uint64_t execution = executions_.fetch_add(1, std::memory_order_relaxed) + 1;
  RuntimeContext& context = *contexts_.take().release();
  context.begin(application_, *this, request.payload.event_name(), request.id, execution);
  return {context, execution};
}

void Module::return_context(wasm::CallContext& context) noexcept {
  std::unique_ptr<RuntimeContext> owned(&runtime_context(context));
  owned->end();
  contexts_.give(std::move(owned));
}

}  // namespace hermes::app

// A component of an application: linked, and with the exports found that events are delivered to.
#pragma once

#include "app/event_catalogue.hpp"
#include "app/module_id.hpp"
#include "app/runtime_context_pool.hpp"
#include "base/result.hpp"
#include "base/thread_index.hpp"
#include "event/guest_handler.hpp"
#include "wasm/call.hpp"
#include "wasm/component.hpp"
#include "wasm/digest.hpp"
#include "wasm/instance_pre.hpp"
#include "wasm/linker.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::wasm {
class WasiView;
}

namespace hermes::app {

class Application;

/// What to do with a component that imports something that the engine does not have.
enum class MissingImports : std::uint8_t {
  /// It is not loaded; the error lists everything that is missing.
  kRefuse,
  /// It is loaded, and traps when it calls one of them.
  kTrap,
};

/// A component with its imports resolved. Belongs to no application: the modules made from it share
/// it.
struct LinkedComponent {
  /// The file's name without its ending: what people call it.
  std::string name;
  wasm::Digest digest{};
  wasm::InstancePre pre;
  /// By event kind: the export that handles it, if there is one.
  std::vector<std::optional<wasm::ExportFunc>> handlers;

  /// Resolves `component` against `linker` and finds its handlers of `events`. Nothing is looked up
  /// by name after this. The error lists everything that is missing, or names the function whose
  /// type differs.
  static Result<LinkedComponent> link(std::string name, const wasm::Component& component,
                                      const wasm::Digest& digest, const wasm::Linker& linker,
                                      const EventCatalogue& events, MissingImports missing);
};

/// Bounds of each call of a module.
struct CallBounds {
  wasm::CallLimits limits;
  wasm::CallContextLimits context;
};

/// One component of one application. Made when the application is put together; constant from then
/// on but for its counters. Any thread.
class Module final : public event::GuestHandler {
 public:
  /// `component` may be shared with other applications. `wasi` (may be nullptr), `contexts` and
  /// `calls` outlive the module, which lives as long as `application`.
  /// `index` is its place in the application.
  Module(Application& application, std::size_t index, std::string name,
         std::shared_ptr<const LinkedComponent> component, const wasm::CallLimits& limits,
         const wasm::WasiView* wasi, RuntimeContextPool& contexts, event::GuestCallPool& calls);
  virtual ~Module() = default;

  [[nodiscard]] std::size_t index() const { return index_; }
  /// Unique within its application.
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] const ModuleId& id() const { return id_; }
  [[nodiscard]] Application& application() const { return application_; }
  [[nodiscard]] bool handles(event::EventKind kind) const {
    return kind.value() < component_->handlers.size() &&
           component_->handlers[kind.value()].has_value();
  }
  /// How many calls have been begun.
  [[nodiscard]] std::uint64_t executions() const {
    return executions_.load(std::memory_order_relaxed);
  }

  // event::Handler
  [[nodiscard]] std::string_view module_name() const override { return name_; }

 private:
  // event::GuestHandler
  [[nodiscard]] Export export_for(event::EventKind kind) const override;
  Context obtain_context(const event::CallRequest& request) override;
  void return_context(wasm::CallContext& context) noexcept override;

  Application& application_;
  std::size_t index_;
  std::string name_;
  ModuleId id_;
  std::shared_ptr<const LinkedComponent> component_;
  wasm::CallLimits limits_;
  const wasm::WasiView* wasi_;
  RuntimeContextPool& contexts_;
  /// Written by all workers: apart from what is only read.
  alignas(kCacheLine) std::atomic<std::uint64_t> executions_{0};
};

/// The module behind a handler that the queue reports: every handler of an application is one.
inline const Module& module_of(const event::Handler& handler) {
  return static_cast<const Module&>(handler);
}

}  // namespace hermes::app

// A handler that is a function of a WebAssembly component.
#pragma once

#include "base/object_pool.hpp"
#include "event/handler.hpp"
#include "wasm/call.hpp"
#include "wasm/call_context.hpp"
#include "wasm/instance_pre.hpp"
#include "wasm/wasi_view.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace hermes::event {

class GuestCall;

/// The calls of all modules of an engine, used again and again. Lives until the last event is over.
class GuestCallPool {
 public:
  explicit GuestCallPool(std::size_t max_idle = 1024);
  ~GuestCallPool();

 private:
  friend class GuestHandler;
  friend class GuestCall;
  ObjectPool<GuestCall> calls_;
};

/// Base of modules: begins a call in a fresh instance. The module adds what only it knows: its
/// pre-instance and exports, its limits, and the runtime context.
class GuestHandler : public Handler {
 public:
  HandlerCall& begin(const CallRequest& request) final;

 protected:
  explicit GuestHandler(GuestCallPool& calls) : calls_(calls) {}
  ~GuestHandler() = default;

  /// What is called for events of `kind`; only asked for kinds that this module handles.
  struct Export {
    const wasm::InstancePre& pre;
    const wasm::ExportFunc& function;
    const wasm::CallLimits& limits;
    /// What WASI shows; nullptr: nothing.
    const wasm::WasiView* wasi;
  };
  [[nodiscard]] virtual Export export_for(EventKind kind) const = 0;

  /// A fresh runtime context for one call, and its execution counter.
  struct Context {
    wasm::CallContext& context;
    std::uint64_t execution;
  };
  virtual Context obtain_context(const CallRequest& request) = 0;

  /// Takes the context back: nothing of the call uses it any more.
  virtual void return_context(wasm::CallContext& context) noexcept = 0;

 private:
  friend class GuestCall;
  GuestCallPool& calls_;
};

}  // namespace hermes::event

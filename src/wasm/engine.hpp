// The WebAssembly engine: what all components of a process share.
#pragma once

#include "base/result.hpp"
#include "hermes_native/wasm.h"
#include "wasm/engine_config.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace hermes::wasm {

struct NativeRuntimeDeleter {
  void operator()(hn_runtime* runtime) const noexcept { hn_runtime_delete(runtime); }
};
struct NativeEngineDeleter {
  void operator()(hn_engine* engine) const noexcept { hn_engine_delete(engine); }
};

/// What of the pool of instances is in use, and what there is in all; each figure is documented
/// where the type is.
using PoolUsage = hn_pool_usage;

/// Owns Wasmtime's engine with its pool of instance slots, and the small runtime that WASI's timers
/// and file operations run on. Make one per process: a pool reserves address space
/// (max_instances * max_memories_per_component * 4 GiB) and keeps memory.
///
/// Shared by everything made from it; immutable, so any thread may use it. A thread that polls or
/// destroys calls needs an Engine::ThreadScope.
///
/// Guests yield only when the epoch advances: an engine that runs guests needs an EpochTicker.
class Engine {
 public:
  /// Fails when a setting is out of its bounds, or the system refuses the address space; the
  /// message says which.
  [[nodiscard]] static Result<std::shared_ptr<const Engine>> create(const EngineConfig& config);

  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Makes the calling thread one that may poll and destroy calls, until the scope ends on that
  /// same thread. Scopes nest; they end in the reverse order. The engine must outlive them.
  class ThreadScope {
   public:
    explicit ThreadScope(const Engine& engine) : guard_(hn_runtime_enter(engine.runtime_.get())) {}
    ThreadScope(const ThreadScope&) = delete;
    ThreadScope& operator=(const ThreadScope&) = delete;
    ~ThreadScope() { hn_runtime_leave(guard_); }

   private:
    hn_runtime_guard* guard_;
  };

  [[nodiscard]] const EngineConfig& config() const { return config_; }
  /// Ends the time slice of every guest that runs now. Cheap and async-signal-safe.
  void increment_epoch() const noexcept { hn_engine_increment_epoch(engine_.get()); }
  /// Whether instance slots are reset through PAGEMAP_SCAN: asked for, and the kernel has it.
  [[nodiscard]] bool uses_pagemap_scan() const {
    return hn_engine_uses_pagemap_scan(engine_.get());
  }
  /// A moment's figures; nothing where there is no pool.
  [[nodiscard]] std::optional<PoolUsage> pool_usage() const {
    PoolUsage usage{};
    if (!hn_engine_pool_usage(engine_.get(), &usage)) return std::nullopt;
    return usage;
  }
  /// Two engines of the same value can load each other's compiled components.
  [[nodiscard]] std::uint64_t fingerprint() const { return hn_engine_fingerprint(engine_.get()); }

  /// For the rest of this layer only. Borrowed.
  [[nodiscard]] const hn_engine* native() const { return engine_.get(); }

 private:
  Engine(const EngineConfig& config, std::unique_ptr<hn_runtime, NativeRuntimeDeleter> runtime,
         std::unique_ptr<hn_engine, NativeEngineDeleter> engine);

  EngineConfig config_;
  // The engine is destroyed first: instances that end with it may still need the runtime.
  std::unique_ptr<hn_runtime, NativeRuntimeDeleter> runtime_;
  std::unique_ptr<hn_engine, NativeEngineDeleter> engine_;
};

}  // namespace hermes::wasm

// Runtime contexts, used again and again.
#pragma once

#include "app/runtime_context.hpp"
#include "base/object_pool.hpp"

#include <memory>

namespace hermes::app {

class GuestOutput;

/// The contexts of all calls of an engine. Any thread. Outlives every call.
class RuntimeContextPool {
 public:
  /// `output` gets what guests print and outlives the pool; nullptr: it is dropped.
  explicit RuntimeContextPool(GuestOutput* output, const wasm::CallContextLimits& limits = {})
      : output_(output), limits_(limits) {}

  [[nodiscard]] std::unique_ptr<RuntimeContext> take() { return contexts_.take(output_, limits_); }
  /// The context is that of no call.
  void give(std::unique_ptr<RuntimeContext> context) { contexts_.give(std::move(context)); }

 private:
  GuestOutput* output_;
  wasm::CallContextLimits limits_;
  ObjectPool<RuntimeContext> contexts_;
};

}  // namespace hermes::app

#include "wasm/call_context.hpp"

namespace hermes::wasm {

CallContext::CallContext(const CallContextLimits& limits)
    : limits_(limits), resources_(limits.max_handles) {}

CallContext::~CallContext() { reset(); }

void CallContext::on_output(OutputStream /*stream*/, std::span<const std::byte> /*data*/) {}

void CallContext::set_limits(const CallContextLimits& limits) noexcept {
  limits_ = limits;
  resources_.set_max_slots(limits.max_handles);
}

void CallContext::reset() noexcept {
  // The pending function may point to resources, and so may the result: they go first.
  if (internals_.pending) {
    internals_.pending->cancel();
    internals_.pending = Ref<PendingHostCall>();
  }
  internals_.result.clear();
  internals_.allocations.clear();
  internals_.handles.clear();
  internals_.lent_slots.clear();
  internals_.failure.clear();
  internals_.arena.reset();
  resources_.clear();
  waker_ = Waker();
}

}  // namespace hermes::wasm

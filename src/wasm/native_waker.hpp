// Wakers as the native library knows them.
#pragma once

#include "hermes_native/wasm.h"
#include "wasm/waker.hpp"

namespace hermes::wasm {

/// `target` for the native library, which takes references of its own to it; wakes nobody when it
/// is null.
[[nodiscard]] inline hn_waker to_native_waker(WakeTarget* target) noexcept {
  if (target == nullptr) {
    return {.data = nullptr, .retain = [](void*) {}, .release = [](void*) {}, .wake = [](void*) {}};
  }
  return {.data = target,
          .retain = [](void* data) { static_cast<WakeTarget*>(data)->add_reference(); },
          .release = [](void* data) { static_cast<WakeTarget*>(data)->release_reference(); },
          .wake = [](void* data) { static_cast<WakeTarget*>(data)->wake(); }};
}

}  // namespace hermes::wasm

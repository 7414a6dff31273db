// How a host function stops the guest that called it.
#pragma once

#include <expected>
#include <string>
#include <utility>

namespace hermes::wasm {

/// The reason for stopping a guest. It becomes the error of the call, so it is read by whoever
/// operates the application: name the value and the rule that it breaks.
struct Trap {
  std::string message;
};

/// What a host function answers: a value for the guest, or a trap that ends the guest's call.
/// Failures that the guest may handle belong into the WIT result type, not here.
template <class T>
using HostResult = std::expected<T, Trap>;

/// Shorthand for `return trap("...")` in a host function.
[[nodiscard]] inline std::unexpected<Trap> trap(std::string message) {
  return std::unexpected(Trap{std::move(message)});
}

}  // namespace hermes::wasm

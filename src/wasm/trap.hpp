// How a host function stops the guest that called it.
#pragma once

#include <concepts>
#include <expected>
#include <string>
#include <type_traits>
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

/// An error value on its way into the WIT result of a host function; see error_result.
template <class E>
struct ErrorResult {
  E error;
  template <class T, class F>
    requires(std::constructible_from<F, E &&> && !std::same_as<F, Trap>)
  // Implicit, because it stands in a return statement.
  // NOLINTNEXTLINE(google-explicit-constructor)
  operator std::expected<T, F>() && {
    return std::unexpected<F>(std::move(error));
  }
};

/// `return error_result(Errno::kNotFound);` in a host function whose WIT type is a result<T,
/// Errno>: the guest gets the error, and goes on. (std::unexpected cannot say which of the two
/// layers of a HostResult<std::expected<T, E>> is meant.)
template <class E>
[[nodiscard]] ErrorResult<std::decay_t<E>> error_result(E&& error) {
  return {std::forward<E>(error)};
}

}  // namespace hermes::wasm

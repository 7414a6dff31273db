// Errors of the native library as C++ values.
#pragma once

#include "base/result.hpp"
#include "hermes_native/error.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::wasm {

/// Why a call failed. People read `message` and `backtrace`; code looks at `kind`.
struct CallError {
  enum class Kind {
    /// The guest trapped, or broke a rule of the canonical ABI.
    kTrap,
    /// The guest needed more memory, table elements or handles than its call may have.
    kLimit,
    /// A host function stopped the guest.
    kHost,
    /// The guest ended itself through `wasi:cli/exit`; see `exit_status`.
    kExit,
    /// The call was cancelled before it ended, by its deadline or by a shutdown.
    kCancelled,
    /// Not the guest's fault: an exhausted pool, the operating system, a defect of the engine.
    kEngine,
  };
  Kind kind = Kind::kEngine;
  /// What happened, outermost cause first, one line per cause.
  std::string message;
  /// The guest's frames, innermost first; empty when the guest was not running.
  std::vector<std::string> backtrace;
  /// The status given to `wasi:cli/exit`; 0 unless `kind` is kExit.
  int exit_status = 0;
};

/// The term for `kind` in messages: "trap", "limit", "host", "exit", "cancelled", "engine".
[[nodiscard]] std::string_view to_string(CallError::Kind kind);

struct NativeErrorDeleter {
  void operator()(hn_error* error) const noexcept { hn_error_delete(error); }
};

/// Owns an error of the native library. Empty means success, as everywhere in its interface.
using NativeError = std::unique_ptr<hn_error, NativeErrorDeleter>;

struct NativeBufferDeleter {
  void operator()(hn_buffer* buffer) const noexcept { hn_buffer_delete(buffer); }
};

/// Owns bytes that the native library has made.
using NativeBuffer = std::unique_ptr<hn_buffer, NativeBufferDeleter>;

[[nodiscard]] inline hn_str to_native(std::string_view text) noexcept {
  return hn_str{text.data(), text.size()};
}

[[nodiscard]] inline std::string_view to_view(hn_str text) noexcept {
  return text.size == 0 ? std::string_view() : std::string_view(text.data, text.size);
}

/// The text in a buffer, valid as long as the buffer.
[[nodiscard]] inline std::string_view to_view(const NativeBuffer& buffer) noexcept {
  const hn_bytes bytes = hn_buffer_bytes(buffer.get());
  return bytes.size == 0 ? std::string_view()
                         : std::string_view(reinterpret_cast<const char*>(bytes.data), bytes.size);
}

/// The error of a call, with backtrace and exit status. `error` must not be empty.
[[nodiscard]] CallError to_call_error(const NativeError& error);

/// An error of anything but a call (compile, link, load), with the backtrace, if any, in the
/// message. `error` must not be empty.
[[nodiscard]] Error to_error(const NativeError& error);

/// The failure of a call for callers that deal in `hermes::Error`.
[[nodiscard]] Error to_error(const CallError& error);

/// Success when `error` is empty, else its conversion. Takes ownership.
[[nodiscard]] Result<void> check(hn_error* error);

}  // namespace hermes::wasm

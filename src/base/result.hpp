// Errors as values. Expected failures travel as Result<T>; broken invariants abort.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace hermes {

/// What kind of failure an Error is, for callers that act on it. People read the message.
enum class ErrorCode {
  /// The caller, a file or a command line gave something that breaks a rule.
  kInvalidArgument,
  /// What was named does not exist.
  kNotFound,
  /// A component or another input is not well formed.
  kInvalidComponent,
  /// A component cannot be linked to what the engine offers.
  kLink,
  /// A bound was reached: a queue, a quota, a limit of a call.
  kLimit,
  /// Took longer than its deadline.
  kDeadline,
  /// Was stopped before it was done.
  kCancelled,
  /// A guest trapped.
  kTrap,
  /// The operating system refused (file, process, memory).
  kSystem,
  /// A defect of the engine itself.
  kInternal,
};

/// A failure that a person can act on: the message names the thing, the value, the rule and the way
/// out.
struct Error {
  ErrorCode code = ErrorCode::kInternal;
  std::string message;

  /// The same failure with `context` in front: "context: message".
  [[nodiscard]] Error with_context(std::string_view context) && {
    std::string text(context);
    text += ": ";
    text += message;
    return Error{code, std::move(text)};
  }
};

template <class T>
using Result = std::expected<T, Error>;

/// Shorthand for `return fail(ErrorCode::kNotFound, "...")`.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

}  // namespace hermes

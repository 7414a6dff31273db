#include "wasm/error.hpp"

namespace hermes::wasm {
namespace {

CallError::Kind call_error_kind(hn_error_kind kind) {
  switch (kind) {
    case HN_ERROR_TRAP:
      return CallError::Kind::kTrap;
    case HN_ERROR_LIMIT:
      return CallError::Kind::kLimit;
    case HN_ERROR_HOST:
      return CallError::Kind::kHost;
    case HN_ERROR_EXIT:
      return CallError::Kind::kExit;
    case HN_ERROR_INVALID_ARGUMENT:
    case HN_ERROR_INVALID_COMPONENT:
    case HN_ERROR_LINK:
    case HN_ERROR_PANIC:
    case HN_ERROR_INTERNAL:
      break;
  }
  return CallError::Kind::kEngine;
}

ErrorCode error_code(hn_error_kind kind) {
  switch (kind) {
    case HN_ERROR_INVALID_ARGUMENT:
      return ErrorCode::kInvalidArgument;
    case HN_ERROR_INVALID_COMPONENT:
      return ErrorCode::kInvalidComponent;
    case HN_ERROR_LINK:
      return ErrorCode::kLink;
    case HN_ERROR_TRAP:
    case HN_ERROR_HOST:
    case HN_ERROR_EXIT:
      return ErrorCode::kTrap;
    case HN_ERROR_LIMIT:
      return ErrorCode::kLimit;
    case HN_ERROR_PANIC:
    case HN_ERROR_INTERNAL:
      break;
  }
  return ErrorCode::kInternal;
}

ErrorCode error_code(CallError::Kind kind) {
  switch (kind) {
    case CallError::Kind::kTrap:
    case CallError::Kind::kHost:
    case CallError::Kind::kExit:
      return ErrorCode::kTrap;
    case CallError::Kind::kLimit:
      return ErrorCode::kLimit;
    case CallError::Kind::kCancelled:
      return ErrorCode::kCancelled;
    case CallError::Kind::kEngine:
      break;
  }
  return ErrorCode::kInternal;
}

std::string with_backtrace(std::string_view message, const std::vector<std::string>& backtrace) {
  std::string text(message);
  for (const std::string& frame : backtrace) {
    text += "\n  at ";
    text += frame;
  }
  return text;
}

std::vector<std::string> backtrace_of(const NativeError& error) {
  std::vector<std::string> frames;
  const size_t count = hn_error_frame_count(error.get());
  frames.reserve(count);
  for (size_t index = 0; index < count; ++index) {
    frames.emplace_back(to_view(hn_error_frame(error.get(), index)));
  }
  return frames;
}

}  // namespace

std::string_view to_string(CallError::Kind kind) {
  switch (kind) {
    case CallError::Kind::kTrap:
      return "trap";
    case CallError::Kind::kLimit:
      return "limit";
    case CallError::Kind::kHost:
      return "host";
    case CallError::Kind::kExit:
      return "exit";
    case CallError::Kind::kCancelled:
      return "cancelled";
    case CallError::Kind::kEngine:
      break;
  }
  return "engine";
}

CallError to_call_error(const NativeError& error) {
  return CallError{
      .kind = call_error_kind(hn_error_get_kind(error.get())),
      .message = std::string(to_view(hn_error_message(error.get()))),
      .backtrace = backtrace_of(error),
      .exit_status = hn_error_exit_status(error.get()),
  };
}

Error to_error(const NativeError& error) {
  return Error{error_code(hn_error_get_kind(error.get())),
               with_backtrace(to_view(hn_error_message(error.get())), backtrace_of(error))};
}

Error to_error(const CallError& error) {
  return Error{error_code(error.kind), with_backtrace(error.message, error.backtrace)};
}

Result<void> check(hn_error* error) {
  const NativeError owned(error);
  if (owned == nullptr) {
    return {};
  }
  return std::unexpected(to_error(owned));
}

}  // namespace hermes::wasm

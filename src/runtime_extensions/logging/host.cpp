#include "runtime_extensions/logging/host.hpp"

#include "app/runtime_context.hpp"
#include "runtime_extensions/logging/extension.hpp"
#include "runtime_extensions/logging/record.hpp"

namespace hermes::ext::logging {

namespace api = wit::logging::api;

namespace {

LogLevel to_log_level(api::Level level) {
  switch (level) {
    case api::Level::kTrace:
      return LogLevel::kTrace;
    case api::Level::kDebug:
      return LogLevel::kDebug;
    case api::Level::kInfo:
      return LogLevel::kInfo;
    case api::Level::kWarn:
      return LogLevel::kWarn;
    case api::Level::kError:
      return LogLevel::kError;
  }
  // The bindings have checked it.
  return LogLevel::kError;
}

}  // namespace

wasm::HostResult<void> LoggingHost::log(
    wasm::CallContext& call, api::Level level, const std::optional<std::string_view>& file,
    const std::optional<std::string_view>& function, std::optional<std::uint32_t> line,
    std::optional<std::uint32_t> col, const std::optional<std::string_view>& ctx,
    std::string_view msg, const std::optional<std::string_view>& data) {
  extension_.log(app::runtime_context(call), {.level = to_log_level(level),
                                              .file = file,
                                              .function = function,
                                              .line = line,
                                              .column = col,
                                              .context = ctx,
                                              .message = msg,
                                              .data = data});
  return {};
}

}  // namespace hermes::ext::logging

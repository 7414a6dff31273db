/// Log records: `hermes:logging`. What each field means is described in
/// `wit/deps/logging/logging.wit`.
#pragma once

#include "hermes/bindings.hpp"

#include <cstdint>
#include <optional>
#include <source_location>
#include <string_view>

namespace hermes::log {

enum class Level : hermes_logging_api_level_t {
  debug = HERMES_LOGGING_API_LEVEL_DEBUG,
  trace = HERMES_LOGGING_API_LEVEL_TRACE,
  info = HERMES_LOGGING_API_LEVEL_INFO,
  warn = HERMES_LOGGING_API_LEVEL_WARN,
  error = HERMES_LOGGING_API_LEVEL_ERROR,
};

/// What a record may carry besides its level and text. Each part may be missing.
struct Fields {
  std::optional<std::string_view> file{};
  std::optional<std::string_view> function{};
  std::optional<std::uint32_t> line{};
  std::optional<std::uint32_t> col{};
  /// The task or request that the record belongs to.
  std::optional<std::string_view> ctx{};
  /// Further fields, as JSON.
  std::optional<std::string_view> data{};
};

/// Writes one record exactly as given. The functions below fill in the place in the source.
inline void write(Level level, std::string_view message, const Fields& fields = {}) {
  using String = hermes_json_api_json_t;
  auto file = lend<String>(fields.file);
  auto function = lend<String>(fields.function);
  auto line = fields.line;
  auto col = fields.col;
  auto ctx = lend<String>(fields.ctx);
  auto text = lend<String>(message);
  auto data = lend<String>(fields.data);
  hermes_logging_api_log(static_cast<hermes_logging_api_level_t>(level), file.get(), function.get(),
                         line ? &*line : nullptr, col ? &*col : nullptr, ctx.get(), &text,
                         data.get());
}

/// A message together with the place that it was written at, so that each function below learns
/// where it was called.
struct Message {
  template <std::convertible_to<std::string_view> Text>
  Message(const Text& message_text,  // NOLINT(google-explicit-constructor): it stands for the text
          std::source_location message_place = std::source_location::current())
      : text(message_text), place(message_place) {}

  std::string_view text;
  std::source_location place;
};

/// Writes a record with the place of the caller.
inline void write_here(Level level, const Message& message, std::optional<std::string_view> data) {
  write(level, message.text,
        Fields{.file = message.place.file_name(), .line = message.place.line(), .data = data});
}

/// One function per level; `data` is JSON.
inline void trace(const Message& message, std::optional<std::string_view> data = {}) {
  write_here(Level::trace, message, data);
}
inline void debug(const Message& message, std::optional<std::string_view> data = {}) {
  write_here(Level::debug, message, data);
}
inline void info(const Message& message, std::optional<std::string_view> data = {}) {
  write_here(Level::info, message, data);
}
inline void warn(const Message& message, std::optional<std::string_view> data = {}) {
  write_here(Level::warn, message, data);
}
inline void error(const Message& message, std::optional<std::string_view> data = {}) {
  write_here(Level::error, message, data);
}

}  // namespace hermes::log

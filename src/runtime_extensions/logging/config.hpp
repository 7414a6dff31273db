// What can be configured of logging.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hermes::ext::logging {

/// How much of where a record comes from goes into its line.
enum class SourceLocation : std::uint8_t {
  /// File, line, column and function, each in a field of its own.
  kFields,
  /// For lines that people read: one field `at`, and none for records of level info.
  kBrief,
};

/// Bounds of one line, and its look. How many there may be is a limit of each application
/// (app::OutputBounds).
struct Config {
  SourceLocation location = SourceLocation::kFields;
  /// Longer texts are cut, and the line says so.
  std::size_t max_message_bytes = std::size_t{16} * 1024;
  std::size_t max_data_bytes = std::size_t{64} * 1024;
  /// `file`, `function` and `ctx`, each.
  std::size_t max_text_bytes = 1024;
};

}  // namespace hermes::ext::logging

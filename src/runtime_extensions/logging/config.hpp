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

/// Bounds of one application, and the look of its lines.
struct Config {
  SourceLocation location = SourceLocation::kFields;
  /// Cost units per second, and at once. A record costs one, and one more for each KiB of its
  /// texts.
  std::uint64_t lines_per_second = 1000;
  std::uint64_t burst = 2000;
  /// Longer texts are cut, and the line says so.
  std::size_t max_message_bytes = std::size_t{16} * 1024;
  std::size_t max_data_bytes = std::size_t{64} * 1024;
  /// `file`, `function` and `ctx`, each.
  std::size_t max_text_bytes = 1024;
};

}  // namespace hermes::ext::logging

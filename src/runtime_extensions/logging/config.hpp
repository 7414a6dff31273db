// What can be configured of logging.
#pragma once

#include <cstddef>
#include <cstdint>

namespace hermes::ext::logging {

/// Bounds of one application.
struct Config {
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

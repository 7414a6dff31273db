// The `data` of a log record: JSON from a guest, checked before it goes anywhere.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::ext::logging {

/// Deeper nesting than this is not taken for JSON.
inline constexpr unsigned kMaxJsonDepth = 32;

struct JsonData {
  /// The value on one line, without blanks between its parts; empty when there is nothing besides
  /// the backtrace.
  std::string text;
  /// From the member `bt` of an object that is a list of strings: newest frame first, each of one
  /// or several lines.
  std::vector<std::string> backtrace;
};

/// Reads `text` as one JSON value (RFC 8259). Numbers keep their digits. None when it is no JSON,
/// not UTF-8, or nested too deeply.
std::optional<JsonData> read_json_data(std::string_view text);

}  // namespace hermes::ext::logging

// What one line of the log says.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace hermes {

/// The levels of hermes:logging, most severe last.
enum class LogLevel : std::uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kFatal };

/// "trace" ... "fatal".
std::string_view to_string(LogLevel level);

/// Whom a line is about. Empty parts are left out.
struct LogScope {
  std::string_view application{};
  std::string_view module{};
  std::string_view event{};
  /// The execution counter of the call.
  std::optional<std::uint64_t> counter{};
};

/// Text that is valid JSON already and goes into a JSON line as it is. The maker has checked it.
struct RawJson {
  std::string_view text;
};

/// One more piece of information. Views must live until the line has been written (write() has
/// returned).
struct LogField {
  std::string_view key;
  std::variant<std::string_view, std::int64_t, std::uint64_t, double, bool, RawJson> value;
};

struct LogEntry {
  LogLevel level = LogLevel::kInfo;
  std::string_view message{};
  LogScope scope{};
  std::span<const LogField> fields{};
  /// A guest's frames, innermost first. In the human format they follow on lines of their own.
  std::span<const std::string> backtrace{};
};

}  // namespace hermes

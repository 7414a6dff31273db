// The engine's log: to standard error, for people on a terminal, as JSON lines otherwise.
#pragma once

#include "base/clock.hpp"
#include "base/log_entry.hpp"
#include "base/recent_problems.hpp"
#include "base/result.hpp"

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace hermes {

Result<LogLevel> parse_log_level(std::string_view text);

enum class LogFormat : std::uint8_t {
  /// kHuman when standard error is a terminal, else kJson.
  kAuto,
  /// "12:34:56.789 info  application/module event#7 message key=value", coloured on a terminal.
  kHuman,
  /// {"time":"2024-01-01T00:00:00.000000Z","level":"info","message":"...","application":"..."...}
  /// per line.
  kJson,
};

struct LogOptions {
  LogFormat format = LogFormat::kAuto;
  LogLevel level = LogLevel::kInfo;
  /// Colours in the human format. Unset: when standard error is a terminal and NO_COLOR is not set.
  std::optional<bool> colour{};
  /// Lines that may wait to be written. When there are more, the oldest is dropped and counted: a
  /// reader of the log that does not read cannot stop the engine.
  std::size_t max_waiting_lines = 8192;
  /// Where lines go instead of standard error, each with its newline, on the calling thread. For
  /// tests.
  std::function<void(std::string_view)> output{};
};

/// Writes log lines. Formats on the calling thread and hands the line to a thread that writes it.
/// Safe to use from any thread. Whatever is in the texts, one entry is one line and no control
/// character gets through.
class Log {
 public:
  /// `clock` gives the time of the lines and must outlive the log.
  Log(LogOptions options, const Clock& clock);
  /// Writes what is waiting, unless nobody reads it within a second.
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  [[nodiscard]] bool enabled(LogLevel level) const {
    return level >= level_.load(std::memory_order_relaxed);
  }
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }

  /// Below the level: nothing happens.
  void write(const LogEntry& entry);

  template <class... Arguments>
  void debug(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    write_formatted(LogLevel::kDebug, format, fmt::make_format_args(arguments...));
  }
  template <class... Arguments>
  void info(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    write_formatted(LogLevel::kInfo, format, fmt::make_format_args(arguments...));
  }
  template <class... Arguments>
  void warn(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    write_formatted(LogLevel::kWarn, format, fmt::make_format_args(arguments...));
  }
  template <class... Arguments>
  void error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    write_formatted(LogLevel::kError, format, fmt::make_format_args(arguments...));
  }

  /// The latest lines at level warn and above, of those that were logged. Any thread.
  [[nodiscard]] const RecentProblems& recent_problems() const { return recent_problems_; }

  /// Lines lost so far because more than max_waiting_lines were waiting.
  [[nodiscard]] std::uint64_t dropped() const;

  /// Returns when everything written so far is out.
  void flush();

 private:
  class Writer;

  void write_formatted(LogLevel level, fmt::string_view format, fmt::format_args arguments);

  const Clock& clock_;
  std::atomic<LogLevel> level_;
  bool json_;
  bool colour_;
  RecentProblems recent_problems_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace hermes

// How log entries look.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"

#include <string>

namespace hermes {

/// Appends `entry` as one JSON object (RFC 8259) and a newline. Keys, in this order, where they are
/// known: time (RFC 3339, UTC, microseconds), level, message, application, module, event, counter,
/// the fields, backtrace (array of strings).
void append_json_line(std::string& out, const LogEntry& entry, WallTime time);

/// Appends `entry` for people: "12:34:56.789 info  application/module on-cron#7  message key=value"
/// and a newline; then the backtrace, if any, indented, one frame per line. All texts are made
/// printable first.
void append_human_line(std::string& out, const LogEntry& entry, WallTime time, bool colour);

}  // namespace hermes

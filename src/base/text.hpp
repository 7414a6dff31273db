// Text that came from outside, made safe to show.
#pragma once

#include <string>
#include <string_view>

namespace hermes {

/// Appends `text` to `out` so that a terminal shows it and never obeys it: control characters (C0,
/// DEL, C1), line and bidirectional controls as \n, \t, \x1b or \u{202e}; a backslash as it is;
/// bytes that are not UTF-8 as \xff. `keep_newlines` leaves \n and \t as they are.
void append_printable(std::string& out, std::string_view text, bool keep_newlines = false);
std::string printable(std::string_view text);

/// Appends `text` as a JSON string with its quotes (RFC 8259 section 7). Bytes that are not UTF-8
/// become U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// Whether `text` is well-formed UTF-8 (Unicode 15, table 3-7).
bool is_utf8(std::string_view text);

/// `text` with U+FFFD in place of each byte that is not part of well-formed UTF-8.
std::string to_utf8(std::string_view text);

}  // namespace hermes

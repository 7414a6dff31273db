// Dates of HTTP header fields (RFC 9110 section 5.6.7).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace hermes::http {

/// HTTP counts whole seconds, UTC.
using HttpDate = std::chrono::sys_seconds;

/// "Sun, 06 Nov 1994 08:49:37 GMT" (IMF-fixdate), always 29 characters. The years that fit are 0 to
/// 9999; what lies outside becomes the nearest date inside.
[[nodiscard]] std::string format_http_date(HttpDate date);

/// Reads the three formats that a recipient has to accept: IMF-fixdate, RFC 850 and asctime. None
/// when `text` is something else or names no day of the calendar. A year of two digits that would
/// be more than 50 years after `now` is one of the century before. The name of the weekday has to
/// be one, but not the right one: nothing depends on it. Case matters, as the section says.
[[nodiscard]] std::optional<HttpDate> parse_http_date(std::string_view text, HttpDate now);

}  // namespace hermes::http

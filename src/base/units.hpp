// Sizes and times as people write them on command lines and in configuration files.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hermes {

/// "512", "64KiB", "1.5 GiB": binary units KiB MiB GiB TiB, decimal units kB MB GB TB, B, or none
/// for bytes. Case does not matter except that it never means bits. Errors name the text and what
/// is accepted.
Result<std::uint64_t> parse_size(std::string_view text);

/// "250ms", "1.5s", "2 min", "1h30m": units ns us ms s min (m) h d, added up. A unit is required,
/// except for 0. Not negative; at most 292 years.
Result<Duration> parse_duration(std::string_view text);

/// "1.5 GiB", "512 B": at most one decimal.
std::string format_size(std::uint64_t bytes);

/// "1.5 s", "250 ms", "3.2 us": three significant digits.
std::string format_duration(Duration duration);

}  // namespace hermes

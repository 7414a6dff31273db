// Numbers as hexadecimal digits of a fixed width.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hermes::http {

/// Writes all 16 digits, in lower case.
inline void write_hexadecimal(std::uint64_t value, std::span<char, 16> out) {
  for (std::size_t i = out.size(); i-- > 0; value >>= 4) out[i] = "0123456789abcdef"[value & 15];
}

/// Reads 1 to 16 digits in lower case, and nothing else.
inline std::optional<std::uint64_t> read_hexadecimal(std::string_view text) {
  if (text.empty() || text.size() > 16) return std::nullopt;
  std::uint64_t value = 0;
  for (const char each : text) {
    if (each >= '0' && each <= '9') {
      value = (value << 4) | static_cast<std::uint64_t>(each - '0');
    } else if (each >= 'a' && each <= 'f') {
      value = (value << 4) | static_cast<std::uint64_t>(each - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return value;
}

}  // namespace hermes::http

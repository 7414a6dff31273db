#include "wasm/abi/transcode.hpp"

#include <simdjson.h>

namespace hermes::wasm::abi {
namespace {

constexpr std::uint32_t kHighSurrogate = 0xD800;
constexpr std::uint32_t kLowSurrogate = 0xDC00;
constexpr std::uint32_t kSurrogateEnd = 0xE000;
constexpr std::uint32_t kSupplementary = 0x10000;

std::uint32_t unit_at(const std::byte* text, std::size_t index) noexcept {
  std::uint16_t unit = 0;
  std::memcpy(&unit, text + index * sizeof(unit), sizeof(unit));
  return unit;
}

/// The scalar that starts at `index`, which moves behind it; nothing for a lone surrogate.
std::optional<std::uint32_t> next_utf16(const std::byte* text, std::size_t units,
                                        std::size_t& index) noexcept {
  const std::uint32_t first = unit_at(text, index++);
  if (first < kHighSurrogate || first >= kSurrogateEnd) {
    return first;
  }
  if (first >= kLowSurrogate || index == units) {
    return std::nullopt;
  }
  const std::uint32_t second = unit_at(text, index);
  if (second < kLowSurrogate || second >= kSurrogateEnd) {
    return std::nullopt;
  }
  ++index;
  return kSupplementary + ((first - kHighSurrogate) << 10) + (second - kLowSurrogate);
}

std::size_t utf8_size(std::uint32_t scalar) noexcept {
  if (scalar < 0x80) {
    return 1;
  }
  if (scalar < 0x800) {
    return 2;
  }
  return scalar < kSupplementary ? 3 : 4;
}

char* append_utf8(std::uint32_t scalar, char* out) noexcept {
  const auto put = [&out](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (scalar < 0x80) {
    put(scalar);
  } else if (scalar < 0x800) {
    put(0xC0 | scalar >> 6);
    put(0x80 | (scalar & 0x3F));
  } else if (scalar < kSupplementary) {
    put(0xE0 | scalar >> 12);
    put(0x80 | (scalar >> 6 & 0x3F));
    put(0x80 | (scalar & 0x3F));
  } else {
    put(0xF0 | scalar >> 18);
    put(0x80 | (scalar >> 12 & 0x3F));
    put(0x80 | (scalar >> 6 & 0x3F));
    put(0x80 | (scalar & 0x3F));
  }
  return out;
}

/// Takes one scalar from the front of well-formed UTF-8.
std::uint32_t take_utf8(std::string_view& text) noexcept {
  const auto byte = [&text](std::size_t index) -> std::uint32_t {
    return static_cast<unsigned char>(text[index]);
  };
  const std::uint32_t first = byte(0);
  std::uint32_t scalar = first;
  std::size_t size = 1;
  if (first >= 0xF0) {
    scalar =
        (first & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
    size = 4;
  } else if (first >= 0xE0) {
    scalar = (first & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    size = 3;
  } else if (first >= 0xC0) {
    scalar = (first & 0x1F) << 6 | (byte(1) & 0x3F);
    size = 2;
  }
  text.remove_prefix(size);
  return scalar;
}

}  // namespace

bool is_utf8_full(const char* text, std::size_t size) noexcept {
  return simdjson::validate_utf8(text, size);
}

std::optional<std::size_t> utf16_to_utf8_size(const std::byte* text, std::size_t units) noexcept {
  std::size_t size = 0;
  for (std::size_t index = 0; index < units;) {
    const std::optional<std::uint32_t> scalar = next_utf16(text, units, index);
    if (!scalar.has_value()) {
      return std::nullopt;
    }
    size += utf8_size(*scalar);
  }
  return size;
}

void utf16_to_utf8(const std::byte* text, std::size_t units, char* out) noexcept {
  for (std::size_t index = 0; index < units;) {
    out = append_utf8(next_utf16(text, units, index).value_or(0xFFFD), out);
  }
}

std::size_t latin1_to_utf8_size(const std::byte* text, std::size_t size) noexcept {
  std::size_t result = size;
  for (std::size_t index = 0; index < size; ++index) {
    result += static_cast<std::size_t>(text[index] >> 7);
  }
  return result;
}

void latin1_to_utf8(const std::byte* text, std::size_t size, char* out) noexcept {
  for (std::size_t index = 0; index < size; ++index) {
    out = append_utf8(static_cast<std::uint32_t>(text[index]), out);
  }
}

Utf8Extent measure_utf8(std::string_view text) noexcept {
  Utf8Extent extent;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) {
      continue;
    }
    ++extent.scalars;
    // Scalars from four bytes of UTF-8 take two code units.
    extent.utf16_units += byte >= 0xF0 ? 2 : 1;
    // U+0100 is C4 80.
    extent.fits_latin1 = extent.fits_latin1 && byte < 0xC4;
  }
  return extent;
}

void utf8_to_utf16(std::string_view text, std::byte* out) noexcept {
  const auto put = [&out](std::uint32_t value) {
    const auto unit = static_cast<std::uint16_t>(value);
    std::memcpy(out, &unit, sizeof(unit));
    out += sizeof(unit);
  };
  while (!text.empty()) {
    const std::uint32_t scalar = take_utf8(text);
    if (scalar < kSupplementary) {
      put(scalar);
    } else {
      put(kHighSurrogate + ((scalar - kSupplementary) >> 10));
      put(kLowSurrogate + ((scalar - kSupplementary) & 0x3FF));
    }
  }
}

void utf8_to_latin1(std::string_view text, std::byte* out) noexcept {
  while (!text.empty()) {
    *out++ = static_cast<std::byte>(take_utf8(text));
  }
}

}  // namespace hermes::wasm::abi

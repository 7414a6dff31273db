// The three string encodings of the canonical ABI, and UTF-8 as C++ has it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

namespace hermes::wasm::abi {

/// Whether the bytes are well-formed UTF-8, for any length.
[[nodiscard]] bool is_utf8_full(const char* text, std::size_t size) noexcept;

/// The same, quick for short text: most strings are a few dozen bytes of ASCII.
[[nodiscard]] inline bool is_utf8(const char* text, std::size_t size) noexcept {
  // Above this, the vectorised check is faster than eight bytes at a time.
  constexpr std::size_t kInlineBytes = 64;
  if (size > kInlineBytes) {
    return is_utf8_full(text, size);
  }
  constexpr std::uint64_t kTopBits = 0x8080808080808080;
  std::uint64_t seen = 0;
  if (size >= 8) {
    std::uint64_t word = 0;
    for (std::size_t at = 0; at + 8 <= size; at += 8) {
      std::memcpy(&word, text + at, 8);
      seen |= word;
    }
    // The last eight bytes again, overlapping, instead of a tail loop.
    std::memcpy(&word, text + size - 8, 8);
    seen |= word;
  } else {
    for (std::size_t at = 0; at < size; ++at) {
      seen |= static_cast<unsigned char>(text[at]);
    }
  }
  return (seen & kTopBits) == 0 || is_utf8_full(text, size);
}

/// Bytes of the UTF-8 form of `units` UTF-16 code units (little endian, any alignment); nothing
/// when a surrogate has no partner.
[[nodiscard]] std::optional<std::size_t> utf16_to_utf8_size(const std::byte* text,
                                                            std::size_t units) noexcept;
/// Writes that form. The text must be well formed.
void utf16_to_utf8(const std::byte* text, std::size_t units, char* out) noexcept;

/// Bytes of the UTF-8 form of Latin-1 text, which is always well formed.
[[nodiscard]] std::size_t latin1_to_utf8_size(const std::byte* text, std::size_t size) noexcept;
void latin1_to_utf8(const std::byte* text, std::size_t size, char* out) noexcept;

/// What well-formed UTF-8 needs in the other encodings.
struct Utf8Extent {
  /// UTF-16 code units.
  std::size_t utf16_units = 0;
  /// Unicode scalar values, which is the size in Latin-1 if they fit there.
  std::size_t scalars = 0;
  bool fits_latin1 = true;
};
[[nodiscard]] Utf8Extent measure_utf8(std::string_view text) noexcept;

/// Writes well-formed UTF-8 as UTF-16, little endian.
void utf8_to_utf16(std::string_view text, std::byte* out) noexcept;
/// Writes well-formed UTF-8 that fits as Latin-1.
void utf8_to_latin1(std::string_view text, std::byte* out) noexcept;

}  // namespace hermes::wasm::abi

// Sizes and alignments of the canonical ABI (CanonicalABI.md of the component model).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace hermes::wasm::abi {

static_assert(std::endian::native == std::endian::little,
              "the codecs read and write guest memory, which is little endian, as it is");

/// Parameters with more flat values than this are passed in memory ("Flattening").
inline constexpr std::uint32_t kMaxFlatParameters = 16;
/// Results with more flat values than this are passed in memory.
inline constexpr std::uint32_t kMaxFlatResults = 1;

/// Longest string in bytes: the top bit of a length tells the two halves of Latin-1+UTF-16 apart.
inline constexpr std::uint32_t kMaxStringBytes = (1U << 31) - 1;
/// Set in the length of a Latin-1+UTF-16 string whose code units are UTF-16.
inline constexpr std::uint32_t kUtf16Tag = 1U << 31;

/// Strings and lists: pointer and length ("Element Size").
inline constexpr std::uint32_t kPointerPairBytes = 8;
inline constexpr std::uint32_t kPointerBytes = 4;

[[nodiscard]] constexpr std::uint32_t align_to(std::uint32_t offset, std::uint32_t alignment) {
  return (offset + alignment - 1) / alignment * alignment;
}

/// Bytes that tell `cases` cases apart ("discriminant_type").
[[nodiscard]] constexpr std::uint32_t discriminant_size(std::uint32_t cases) {
  if (cases <= 1U << 8) {
    return 1;
  }
  return cases <= 1U << 16 ? 2 : 4;
}

/// 32-bit words of `labels` flags when there are more than 16.
[[nodiscard]] constexpr std::uint32_t flag_words(std::uint32_t labels) {
  return (labels + 31) / 32;
}

/// Bytes of `labels` flags ("elem_size_flags"; more than 32 labels take several 32-bit words).
[[nodiscard]] constexpr std::uint32_t flags_size(std::uint32_t labels) {
  if (labels == 0) {
    return 0;
  }
  if (labels <= 8) {
    return 1;
  }
  return labels <= 16 ? 2 : 4 * flag_words(labels);
}

[[nodiscard]] constexpr std::uint32_t flags_alignment(std::uint32_t labels) {
  const std::uint32_t size = flags_size(labels);
  if (size == 0) {
    return 1;
  }
  return size < 4 ? size : 4;
}

}  // namespace hermes::wasm::abi

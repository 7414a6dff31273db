#include "wasm/abi/string_codec.hpp"

#include <fmt/format.h>

#include <optional>

namespace hermes::wasm::abi {
namespace {

bool lift_utf16(LiftContext& context, std::uint32_t pointer, std::uint32_t units,
                std::string_view& out) {
  const std::byte* const from = context.at(pointer);
  const std::optional<std::size_t> size = utf16_to_utf8_size(from, units);
  if (!size.has_value()) {
    return context.fail("string is not valid UTF-16: a surrogate without its partner");
  }
  char* const text = static_cast<char*>(context.arena().allocate_bytes(*size, 1));
  utf16_to_utf8(from, units, text);
  out = std::string_view(text, *size);
  return true;
}

bool lift_latin1(LiftContext& context, std::uint32_t pointer, std::uint32_t length,
                 std::string_view& out) {
  const std::byte* const from = context.at(pointer);
  const std::size_t size = latin1_to_utf8_size(from, length);
  char* const text = static_cast<char*>(context.arena().allocate_bytes(size, 1));
  latin1_to_utf8(from, length, text);
  out = std::string_view(text, size);
  return true;
}

bool fail_too_long(LiftContext& context, std::uint64_t bytes) {
  return context.fail(fmt::format("string of {} bytes: the canonical ABI allows {} at most", bytes,
                                  kMaxStringBytes));
}

}  // namespace

bool Codec<std::string_view>::fail_length(LiftContext& context, std::uint32_t length) {
  return fail_too_long(context, length);
}

// "load_string_from_range". UTF-8 from one code unit of UTF-16 takes three bytes at most, from one
// of Latin-1 two: that is what is charged.
bool lift_transcoded_view(LiftContext& context, std::uint32_t pointer, std::uint32_t length,
                          std::string_view& out) {
  const bool compact = context.encoding() == HN_STRING_LATIN1_UTF16;
  const bool utf16 = !compact || (length & kUtf16Tag) != 0;
  const std::uint32_t units = compact ? length & ~kUtf16Tag : length;
  const std::uint64_t bytes = std::uint64_t{units} * (utf16 ? 2 : 1);
  if (bytes > kMaxStringBytes) {
    return fail_too_long(context, bytes);
  }
  if (!context.check_block("string", pointer, units, utf16 ? 2 : 1, 2, utf16 ? 3 : 2)) {
    return false;
  }
  return utf16 ? lift_utf16(context, pointer, units, out)
               : lift_latin1(context, pointer, units, out);
}

// "store_string_into_range": the size is known beforehand, so one allocation is enough where the
// specification's own transcoding grows and shrinks.
void measure_transcoded(LowerContext& context, std::string_view text) {
  const Utf8Extent extent = measure_utf8(text);
  const bool latin1 = context.encoding() == HN_STRING_LATIN1_UTF16 && extent.fits_latin1;
  const std::uint64_t bytes = latin1 ? extent.scalars : extent.utf16_units * 2;
  if (bytes > kMaxStringBytes) {
    context.fail("a string from the host is longer than the canonical ABI allows");
    return;
  }
  context.allocate("string", bytes, 1, 2);
}

std::uint32_t write_transcoded(Writer& writer, std::uint32_t block, std::string_view text) {
  const Utf8Extent extent = measure_utf8(text);
  std::byte* const to = writer.at(block);
  if (writer.encoding() == HN_STRING_UTF16) {
    utf8_to_utf16(text, to);
    return static_cast<std::uint32_t>(extent.utf16_units);
  }
  if (extent.fits_latin1) {
    utf8_to_latin1(text, to);
    return static_cast<std::uint32_t>(extent.scalars);
  }
  utf8_to_utf16(text, to);
  return static_cast<std::uint32_t>(extent.utf16_units) | kUtf16Tag;
}

}  // namespace hermes::wasm::abi

// The Range header field (RFC 9110 section 14.2), for the unit "bytes".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hermes::http {

/// What part of a representation a request gets.
struct ByteRange {
  enum class Kind : std::uint8_t {
    /// Everything: 200.
    kWhole,
    /// `length` bytes from `first`, at least one: 206.
    kPart,
    /// Nothing there: 416.
    kUnsatisfiable,
  };
  Kind kind = Kind::kWhole;
  std::uint64_t first = 0;
  std::uint64_t length = 0;

  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

/// Which part the value of a Range field asks for, of a representation of `size` bytes.
///
/// Everything, as section 14.2 allows, when the field is empty, not well formed, in another unit,
/// or asks for more than one range: one answer for several ranges (multipart/byteranges) is no
/// shorter than the whole in any common use, and its cost is for the client to choose. Numbers may
/// have any number of digits. Linear in the size of the value; no allocation.
[[nodiscard]] ByteRange parse_byte_range(std::string_view value, std::uint64_t size);

/// The value of Content-Range (section 14.4): "bytes 0-99/1234", or "bytes */1234" for what cannot
/// be satisfied. `range` is one of these two.
[[nodiscard]] std::string format_content_range(const ByteRange& range, std::uint64_t size);

}  // namespace hermes::http

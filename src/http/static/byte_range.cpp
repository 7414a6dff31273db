#include "http/static/byte_range.hpp"

#include "http/static/field_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <optional>

namespace hermes::http {
namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

/// A number of any length; one that does not fit is as good as the largest, as no file reaches it.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  if (text.empty()) return {};
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return {};
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (kMost - digit) / 10 ? kMost : value * 10 + digit;
  }
  return value;
}

ByteRange last_bytes(std::uint64_t wanted, std::uint64_t size) {
  if (wanted == 0) return {.kind = ByteRange::Kind::kUnsatisfiable};
  // Satisfiable by section 14.1.2, but a Content-Range cannot name no bytes.
  if (size == 0) return {};
  const std::uint64_t length = std::min(wanted, size);
  return {.kind = ByteRange::Kind::kPart, .first = size - length, .length = length};
}

}  // namespace

ByteRange parse_byte_range(std::string_view value, std::uint64_t size) {
  const std::size_t equals = value.find('=');
  if (equals == std::string_view::npos || !equal_ignoring_case(value.substr(0, equals), "bytes"))
    return {};
  std::string_view spec = trim(value.substr(equals + 1));
  // A list with empty members is still a list with one range.
  while (spec.starts_with(',')) spec = trim(spec.substr(1));
  while (spec.ends_with(',')) spec = trim(spec.substr(0, spec.size() - 1));

  const std::size_t dash = spec.find('-');
  if (dash == std::string_view::npos) return {};
  // More than one range fails here, for the comma is no digit.
  const std::string_view before = spec.substr(0, dash);
  const std::string_view after = spec.substr(dash + 1);
  const auto last = parse_position(after);
  if (before.empty()) return last ? last_bytes(*last, size) : ByteRange{};

  const auto first = parse_position(before);
  if (!first || (!last && !after.empty()) || (last && *last < *first)) return {};
  if (*first >= size) return {.kind = ByteRange::Kind::kUnsatisfiable};
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1;
  return {.kind = ByteRange::Kind::kPart, .first = *first, .length = end - *first + 1};
}

std::string format_content_range(const ByteRange& range, std::uint64_t size) {
  if (range.kind == ByteRange::Kind::kUnsatisfiable) return fmt::format("bytes */{}", size);
  return fmt::format("bytes {}-{}/{}", range.first, range.first + range.length - 1, size);
}

}  // namespace hermes::http

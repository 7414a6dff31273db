// Header fields of a request, as views of what was received.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

namespace hermes::http {

/// One field line. The name is in lower case; the value has no blanks around it (RFC 9110 section
/// 5.5), and is bytes: nothing says that it is UTF-8.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// The first field with this name, which is in lower case.
[[nodiscard]] inline std::optional<std::string_view> find_field(std::span<const Field> fields,
                                                                std::string_view name) {
  const auto found = std::ranges::find(fields, name, &Field::name);
  if (found == fields.end()) return std::nullopt;
  return found->value;
}

/// How many fields have this name.
[[nodiscard]] inline std::size_t count_fields(std::span<const Field> fields,
                                              std::string_view name) {
  return static_cast<std::size_t>(std::ranges::count(fields, name, &Field::name));
}

/// The value of a Content-Length (RFC 9110 section 8.6); none: it is not one.
[[nodiscard]] inline std::optional<std::uint64_t> parse_length(std::string_view value) {
  std::uint64_t length = 0;
  const char* const end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data(), end, length);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return length;
}

}  // namespace hermes::http

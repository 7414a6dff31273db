// Which media types something is for.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::ext::http_gateway {

inline constexpr std::size_t kMaxContentTypes = 16;
inline constexpr std::size_t kMaxContentTypeBytes = 127;

/// The type and subtype of a Content-Type field (RFC 9110 section 8.3.1), without parameters, as it
/// is written. None: it is malformed. A part of `value`.
std::optional<std::string_view> media_type(std::string_view value);

/// A set of media types (`application/json`) and ranges (`text/*`), or any. Parameters of a request
/// are ignored, and so is case.
class ContentTypes {
 public:
  /// Any content type, or none.
  ContentTypes() = default;
  /// None in the list: any. The error names the type and the rule.
  static Result<ContentTypes> make(std::vector<std::string> types);

  [[nodiscard]] bool is_any() const { return types_.empty(); }
  [[nodiscard]] bool has_ranges() const { return has_ranges_; }
  /// `value` is the Content-Type field, empty if there is none: that is in the set only if any is.
  [[nodiscard]] bool contains(std::string_view value) const;

 private:
  // Lower case; a range ends with its slash.
  std::vector<std::string> types_;
  bool has_ranges_ = false;
};

}  // namespace hermes::ext::http_gateway

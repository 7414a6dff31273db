// Header fields of an answer, ready for the wire of either version of HTTP.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::http {

struct HeaderField {
  /// In lower case, as HTTP/2 wants it (RFC 9113 section 8.2); HTTP/1.1 does not mind.
  std::string_view name;
  std::string_view value;
};

/// Fields that belong together, built once and then only read, by any thread.
class HeaderBlock {
 public:
  /// Copies them. Names and values are valid already: tokens, and text without control characters.
  explicit HeaderBlock(std::span<const HeaderField> fields);
  HeaderBlock(const HeaderBlock&) = delete;
  HeaderBlock& operator=(const HeaderBlock&) = delete;

  /// "name: value\r\n" for each, without an empty line after them.
  [[nodiscard]] std::string_view text() const { return text_; }
  /// Views into text().
  [[nodiscard]] std::span<const HeaderField> fields() const { return fields_; }
  /// The value of the first field of that name (lower case); empty when there is none.
  [[nodiscard]] std::string_view value_of(std::string_view name) const;

 private:
  std::string text_;
  std::vector<HeaderField> fields_;
};

}  // namespace hermes::http

// Entity tags: made from contents, and compared with what a client has (RFC 9110 section 8.8.3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hermes::http {

/// One entity tag as it stands in a header field. A view of that text.
struct EntityTag {
  /// Between the quotes.
  std::string_view opaque;
  bool weak = false;
};

/// Reads `"..."` or `W/"..."` and nothing else.
[[nodiscard]] std::optional<EntityTag> parse_entity_tag(std::string_view text);

/// RFC 9110 section 8.8.3.2. Strong: equal, and neither is weak. For If-Match and If-Range.
enum class TagComparison : std::uint8_t { kStrong, kWeak };
[[nodiscard]] bool matches(EntityTag a, EntityTag b, TagComparison how);

/// Whether the value of If-Match or If-None-Match (`*`, or tags with commas between them) names
/// `current`, which there is. A list counts up to the first thing in it that is no tag. Linear in
/// its size; no allocation.
[[nodiscard]] bool list_matches(std::string_view list, EntityTag current, TagComparison how);

/// What a strong entity tag is made of: the first 128 bits of the SHA-256 (FIPS 180-4, computed by
/// OpenSSL) of contents that come in pieces. One thread at a time.
class ContentTag {
 public:
  ContentTag();
  ContentTag(ContentTag&&) noexcept;
  ContentTag& operator=(ContentTag&&) noexcept;
  ~ContentTag();

  void update(std::span<const std::byte> bytes);

  /// 32 lower-case hexadecimal digits, for strong_tag(). Ends the computation: call it once, and
  /// update() not after it.
  [[nodiscard]] std::string finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// The tag with its quotes, `"..."` or `"...-br"`: representations that differ only in their coding
/// do not share one (RFC 9110 section 8.8.3.3). `coding` is empty for identity.
[[nodiscard]] std::string strong_tag(std::string_view content_digits, std::string_view coding);

}  // namespace hermes::http

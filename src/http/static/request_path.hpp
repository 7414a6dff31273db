// The path of a request, made into the name of a file inside a directory, or refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace hermes::http {

/// Bounds of a path: as it was sent, and of each of its segments when decoded (NAME_MAX of Linux).
inline constexpr std::size_t kMaxRequestPathBytes = 4000;
inline constexpr std::size_t kMaxPathSegmentBytes = 255;

/// Which rule a path breaks.
enum class PathRefusal : std::uint8_t {
  kTooLong,
  kNotAbsolute,
  /// `?` or `#` as they are: what was handed in is more than a path.
  kNotAPath,
  /// A percent sign without two hexadecimal digits after it.
  kPercentEncoding,
  /// NUL and other control characters (C0, DEL, C1), encoded or not.
  kControlCharacter,
  kBackslash,
  /// A slash inside of a segment, that is, `%2f`.
  kEncodedSlash,
  /// Bytes that are no UTF-8 when decoded; overlong forms and surrogates among them.
  kNotUtf8,
  /// `.` or `..`, however they are spelled. A client takes them out before it sends a path (RFC
  /// 3986 section 5.2.4).
  kDotSegment,
  /// `//`. Only one may be empty: the last, which stands for a directory.
  kEmptySegment,
  kSegmentTooLong,
  /// A segment begins with a dot, and is not the `.well-known` of RFC 8615 at the top. Unlike the
  /// others this is a well-formed request; the answer is that there is no such file.
  kHidden,
};

/// The rule, in words for a problem document.
[[nodiscard]] std::string_view explain(PathRefusal refusal);

/// A path that cannot leave the directory that it is looked up in: decoded exactly once, UTF-8,
/// without `.`, `..`, empty or hidden segments, NUL, control characters and backslashes.
class RequestPath {
 public:
  /// Reads the path of a request-target in origin form (RFC 9112 section 3.2.1) as it was sent,
  /// without the query. Where several rules are broken, the first of the enumeration is not
  /// necessarily the one that is named.
  static std::expected<RequestPath, PathRefusal> parse(std::string_view raw);

  /// The segments joined by `/`, without one at the start or the end; empty for the root.
  [[nodiscard]] const std::string& relative() const { return relative_; }

  /// It ended with a slash: the root, or `/guide/`.
  [[nodiscard]] bool names_directory() const { return names_directory_; }

  [[nodiscard]] std::string_view last_segment() const;

 private:
  RequestPath() = default;

  std::string relative_;
  bool names_directory_ = false;
};

/// Appends one decoded segment as it stands in a URI: everything except unreserved characters (RFC
/// 3986 section 2.3) percent-encoded.
void append_encoded_segment(std::string& out, std::string_view segment);

}  // namespace hermes::http

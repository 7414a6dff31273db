// The path of a request in the one form that everything is decided on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace hermes::ext::http_gateway {

/// Bytes of a path, encoded, without its query.
inline constexpr std::size_t kMaxPathBytes = 4096;

/// Why a request target has no path that anything could be decided on.
enum class PathFault : std::uint8_t {
  /// Answered 414; all others 400.
  kTooLong,
  kNotAbsolute,
  kDoubleSlash,
  kEncoding,
  kEncodedSlash,
  kCharacter,
  kDotSegment,
  kNotUtf8,
};

/// One sentence for the client. Static.
std::string_view describe(PathFault fault);

/// The target of a request in origin form (RFC 9112 section 3.2.1), taken apart, and its canonical
/// path: percent-encoding decoded once, several slashes in a row made one.
///
/// What different readers understand differently is refused, so that no spelling reaches a resource
/// around a rule: dot segments (also with parameters, `..;x`), encoded slashes, backslashes,
/// control characters, `//` at the start (a host to some readers), `#`, and what is not UTF-8.
///
/// Borrows the target. Allocates only when canonical() differs from what was sent.
class RequestPath {
 public:
  static std::expected<RequestPath, PathFault> parse(std::string_view target);

  /// Begins with a slash. Endpoints, rules and static files are found by this. Lives as long as the
  /// target and this object.
  [[nodiscard]] std::string_view canonical() const {
    return is_as_sent_ ? raw_ : std::string_view(decoded_);
  }
  /// As it was sent, without the query.
  [[nodiscard]] std::string_view raw() const { return raw_; }
  /// As it was sent, without the question mark; empty also when there is none.
  [[nodiscard]] std::string_view query() const { return query_; }

  /// Whether plain() differs from canonical().
  [[nodiscard]] bool has_decoration() const;
  /// The canonical path as a reader sees it that ignores parameters (`;` and what follows, in each
  /// segment: RFC 3986 section 3.3) and a slash at the end.
  [[nodiscard]] std::string plain() const;

 private:
  RequestPath() = default;
  std::string_view raw_;
  std::string_view query_;
  std::string decoded_;
  bool is_as_sent_ = true;
};

}  // namespace hermes::ext::http_gateway

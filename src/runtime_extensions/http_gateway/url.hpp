// URLs that the engine may be asked to fetch.
#pragma once

#include "base/result.hpp"
#include "runtime_extensions/http_gateway/host_name.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace hermes::ext::http_gateway {

inline constexpr std::size_t kMaxUrlBytes = 2048;

enum class Scheme : std::uint8_t { kHttp, kHttps };

/// "http", "https".
std::string_view to_string(Scheme scheme);
/// 80, 443.
std::uint16_t default_port(Scheme scheme);

/// An absolute `http` or `https` URL (RFC 9110 section 4.2), checked more strictly than RFC 3986
/// asks for, so that nobody who reads it after us understands another host or path: ASCII only, no
/// user information, no fragment, a path that RequestPath accepts, and no host that looks like a
/// number but is no dotted IPv4 address (2130706433, 0x7f.1, 127.1).
///
/// Fetch what to_string() gives, not the text that was parsed. A value.
class Url {
 public:
  /// The error shows the URL and the rule.
  static Result<Url> parse(std::string_view text);

  /// What `reference`, the value of a Location field, means to whoever asked for this URL (RFC 3986
  /// section 5.2; the fragment, which is the client's, is dropped: RFC 9110 section 10.2.2).
  [[nodiscard]] Result<Url> resolve(std::string_view reference) const;

  [[nodiscard]] Scheme scheme() const { return scheme_; }
  [[nodiscard]] const HostName& host() const { return host_; }
  /// The default one of the scheme if the URL has none.
  [[nodiscard]] std::uint16_t port() const { return host_.port().value_or(default_port(scheme_)); }
  /// Encoded, at least "/".
  [[nodiscard]] const std::string& path() const { return path_; }
  /// Decoded once (RequestPath::canonical()).
  [[nodiscard]] const std::string& canonical_path() const { return canonical_path_; }
  /// With its question mark; empty if there is none.
  [[nodiscard]] const std::string& query() const { return query_; }

  /// Scheme and host in lower case, the port only if it is not the default one.
  [[nodiscard]] std::string to_string() const;

 private:
  enum class DotSegments : bool { kRefuse, kRemove };

  Url(Scheme scheme, const HostName& host) : scheme_(scheme), host_(host) {}
  static Result<Url> parse(std::string_view text, DotSegments dots);

  Scheme scheme_;
  HostName host_;
  std::string path_;
  std::string canonical_path_;
  std::string query_;
};

}  // namespace hermes::ext::http_gateway

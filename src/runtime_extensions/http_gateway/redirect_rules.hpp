// Where `internal-redirect` may lead, and requests of components may go.
#pragma once

#include "base/result.hpp"
#include "runtime_extensions/http_gateway/ip_address.hpp"
#include "runtime_extensions/http_gateway/url.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::ext::http_gateway {

inline constexpr std::size_t kMaxRedirectRules = 256;

enum class PrivateAddresses : bool { kRefused, kGranted };
/// Whether Authorization and Cookie of the client's request go along.
enum class Credentials : bool { kKept, kForwarded };

/// One entry of an allow-list.
struct RedirectRule {
  Scheme scheme = Scheme::kHttps;
  /// A name, an address, or `*.` and a name, which stands for every name below that one.
  std::string host = {};
  /// None: the default one of the scheme.
  std::optional<std::uint16_t> port = {};
  /// This path and everything below it.
  std::string path = "/";
  PrivateAddresses private_addresses = PrivateAddresses::kRefused;
  Credentials credentials = Credentials::kKept;
};

/// What the rules that fit a URL grant together.
struct RedirectGrant {
  PrivateAddresses private_addresses = PrivateAddresses::kRefused;
  Credentials credentials = Credentials::kKept;
};

/// Whether a connection may be made to `address`. Ask about the address that is connected to, after
/// the name has been resolved: then a name that is made to lead into a private network (DNS
/// rebinding) leads nowhere. Reserved addresses are never allowed.
bool allowed_address(const RedirectGrant& grant, const IpAddress& address);

/// The allow-list of one application. Empty: nothing is allowed. Immutable; any thread may use it.
class RedirectRules {
 public:
  RedirectRules() = default;
  /// Errors name the rule's host and what is wrong.
  static Result<RedirectRules> build(std::vector<RedirectRule> rules);

  [[nodiscard]] bool empty() const { return rules_.empty(); }
  /// What is granted to a request for `url`. Ask at every hop, with the URL that Url::resolve()
  /// made of the Location field. The error, for the log, names the URL. A URL whose host is a
  /// private address is refused unless that is granted.
  [[nodiscard]] Result<RedirectGrant> check(const Url& url) const;

 private:
  std::vector<RedirectRule> rules_;
};

}  // namespace hermes::ext::http_gateway

#include "runtime_extensions/http_gateway/redirect_rules.hpp"

#include "runtime_extensions/http_gateway/host_name.hpp"
#include "runtime_extensions/http_gateway/request_path.hpp"
#include "runtime_extensions/http_gateway/shown.hpp"

#include <fmt/format.h>

#include <utility>

namespace hermes::ext::http_gateway {
namespace {

constexpr std::string_view kAnyBelow = "*.";

// The address that a host is; none: it is a name.
std::optional<IpAddress> address_of(const HostName& host) {
  const std::string_view name = host.name();
  switch (host.kind()) {
    case HostKind::kIpv4:
      return IpAddress::parse_v4(name);
    case HostKind::kIpv6:
      return IpAddress::parse_v6(name.substr(1, name.size() - 2));
    case HostKind::kName:
      break;
  }
  return std::nullopt;
}

// Brings a rule into the form that URLs have.
Result<RedirectRule> checked(RedirectRule rule) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("rule for host {}: {}", shown(rule.host), why));
  };
  const bool is_below = rule.host.starts_with(kAnyBelow);
  const auto host = HostName::parse(is_below ? std::string_view(rule.host).substr(kAnyBelow.size())
                                             : std::string_view(rule.host));
  if (!host) return refuse(describe(host.error()));
  if (host->port() || rule.host.ends_with(':')) return refuse("the port has a key of its own");
  if (is_below && host->kind() != HostKind::kName) return refuse("nothing is below an address");
  const auto address = address_of(*host);
  if (address && !allowed_address({rule.private_addresses, rule.credentials}, *address)) {
    return refuse(scope_of(*address) == AddressScope::kPrivate
                      ? "it is a private address; that needs private-addresses = true"
                      : "it is a reserved address, which nothing can be fetched from");
  }
  if (rule.port == 0) return refuse("a port is a number from 1 to 65535");
  const auto path = RequestPath::parse(rule.path);
  if (!path) return refuse(fmt::format("path {}: {}", shown(rule.path), describe(path.error())));
  if (path->raw() != rule.path) return refuse("its path must not have a query");

  std::string canonical(path->canonical());
  rule.path = std::move(canonical);
  rule.host = std::string(is_below ? kAnyBelow : std::string_view()) + std::string(host->name());
  return rule;
}

bool host_fits(std::string_view rule, const HostName& host) {
  if (!rule.starts_with(kAnyBelow)) return host.name() == rule;
  // The dot stays: it is what keeps evilexample.com from *.example.com.
  const std::string_view ending = rule.substr(1);
  return host.kind() == HostKind::kName && host.name().size() > ending.size() &&
         host.name().ends_with(ending);
}

bool path_fits(std::string_view rule, std::string_view path) {
  return path.starts_with(rule) &&
         (rule.ends_with('/') || path.size() == rule.size() || path[rule.size()] == '/');
}

bool fits(const RedirectRule& rule, const Url& url) {
  return rule.scheme == url.scheme() && host_fits(rule.host, url.host()) &&
         rule.port.value_or(default_port(rule.scheme)) == url.port() &&
         path_fits(rule.path, url.canonical_path());
}

}  // namespace

bool allowed_address(const RedirectGrant& grant, const IpAddress& address) {
  switch (scope_of(address)) {
    case AddressScope::kPublic:
      return true;
    case AddressScope::kPrivate:
      return grant.private_addresses == PrivateAddresses::kGranted;
    case AddressScope::kReserved:
      break;
  }
  return false;
}

Result<RedirectRules> RedirectRules::build(std::vector<RedirectRule> rules) {
  if (rules.size() > kMaxRedirectRules) {
    return fail(ErrorCode::kLimit,
                fmt::format("{} rules: an application may have {}; *.example.com stands for all "
                            "names below example.com",
                            rules.size(), kMaxRedirectRules));
  }
  RedirectRules result;
  for (RedirectRule& rule : rules) {
    auto good = checked(std::move(rule));
    if (!good) return std::unexpected(std::move(good).error());
    result.rules_.push_back(std::move(*good));
  }
  return result;
}

Result<RedirectGrant> RedirectRules::check(const Url& url) const {
  RedirectGrant grant;
  bool is_allowed = false;
  for (const RedirectRule& rule : rules_) {
    if (!fits(rule, url)) continue;
    is_allowed = true;
    if (rule.private_addresses == PrivateAddresses::kGranted) {
      grant.private_addresses = PrivateAddresses::kGranted;
    }
    if (rule.credentials == Credentials::kForwarded) grant.credentials = Credentials::kForwarded;
  }
  if (!is_allowed) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is not on the allow-list: no rule has its scheme, host, port "
                            "and path",
                            shown(url.to_string())));
  }
  const auto address = address_of(url.host());
  if (address && !allowed_address(grant, *address)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} leads to a private or reserved address, which no rule grants",
                            shown(url.to_string())));
  }
  return grant;
}

}  // namespace hermes::ext::http_gateway

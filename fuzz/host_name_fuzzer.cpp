// The Host field and URLs, as clients and other servers write them: what is read means the same
// when it is read again, and a reference that is resolved never becomes something that is no URL.
//
// The first line is a host, and the host of a URL; what follows is a reference to that URL.

#include "runtime_extensions/http_gateway/host_name.hpp"
#include "runtime_extensions/http_gateway/host_table.hpp"
#include "runtime_extensions/http_gateway/redirect_rules.hpp"
#include "runtime_extensions/http_gateway/url.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace gateway = hermes::ext::http_gateway;

namespace {

void require(bool held) {
  if (!held) __builtin_trap();
}

void check_host(std::string_view text) {
  static const gateway::HostTable kTable = *gateway::HostTable::build(
      {.aliases = {{"www.example.com", "alias"}, {"*", "any"}}, .default_application = "standard"});
  const auto host = gateway::HostName::parse(text);
  if (!host) {
    require(!describe(host.error()).empty());
    return;
  }
  require(!host->name().empty() && host->name().size() <= gateway::kMaxHostBytes);
  const auto again = gateway::HostName::parse(host->name());
  require(again.has_value() && again->name() == host->name() && again->kind() == host->kind());
  require(kTable.application(*host) == kTable.application(*again));
}

// What goes out and comes back as text is the same URL.
void check_url(const gateway::Url& url) {
  const auto again = gateway::Url::parse(url.to_string());
  require(again.has_value() && again->to_string() == url.to_string());
  require(again->host().name() == url.host().name() && again->port() == url.port());
  require(again->canonical_path() == url.canonical_path());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const gateway::RedirectRules kRules =
      *gateway::RedirectRules::build({{.host = "*.example.com", .path = "/open"}});
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const std::string_view first = input.substr(0, end);
  check_host(first);

  const auto url = gateway::Url::parse("https://" + std::string(first));
  if (!url) return 0;
  check_url(*url);
  const auto next = url->resolve(input.substr(std::min(end + 1, input.size())));
  if (!next) return 0;
  check_url(*next);
  if (kRules.check(*next)) {
    require(next->scheme() == gateway::Scheme::kHttps && next->port() == 443);
    require(next->host().name().ends_with(".example.com"));
    require(next->canonical_path().starts_with("/open"));
  }
  return 0;
}

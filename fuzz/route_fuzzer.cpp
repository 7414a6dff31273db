// Request targets and path patterns: the canonical path stays itself, nothing that is routed to a
// protected endpoint is unprotected, and what a pattern begins with begins all that it matches.
//
// The first line is a request target; what follows is a pattern.

#include "runtime_extensions/http_gateway/auth_rules.hpp"
#include "runtime_extensions/http_gateway/path_pattern.hpp"
#include "runtime_extensions/http_gateway/request_path.hpp"
#include "runtime_extensions/http_gateway/route.hpp"
#include "runtime_extensions/http_gateway/testing/rules.hpp"

#include <re2/re2.h>

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

struct Rules {
  gateway::SubscriptionTable endpoints = gateway::must(gateway::SubscriptionTable::build(
      {gateway::endpoint("admin", "/admin(/.*)?"),
       gateway::endpoint("orders", "/orders/[0-9]+", {"GET"}, {"text/*"})}));
  gateway::AuthRules auth = gateway::must(gateway::AuthRules::build(
      {{.path = gateway::must(gateway::PathPattern::compile("/admin(/.*)?")),
        .methods = {},
        .level = gateway::AuthLevel::kRequired}}));
};

void check_path(const gateway::RequestPath& path) {
  static const Rules kRules;
  const std::string_view canonical = path.canonical();
  require(canonical.starts_with('/') && canonical.size() <= gateway::kMaxPathBytes);
  require(canonical.find("//") == std::string_view::npos);
  require(canonical.find("/../") == std::string_view::npos && !canonical.ends_with("/.."));
  require(canonical.find('\\') == std::string_view::npos);
  require(path.has_decoration() == (path.plain() != canonical));
  for (const std::string_view method : {"GET", "POST"}) {
    const gateway::Route found = route(kRules.endpoints, method, path, "text/plain");
    if (found.subscription != nullptr && found.subscription->id == "admin") {
      require(kRules.auth.level(method, path) == gateway::AuthLevel::kRequired);
    }
    // As a reader sees it that ignores parameters.
    if (kRules.endpoints.match(method, path.plain(), "").path_fits &&
        path.plain().starts_with("/admin")) {
      require(kRules.auth.level(method, path) == gateway::AuthLevel::kRequired);
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), input.size());
  const auto path = gateway::RequestPath::parse(input.substr(0, end));
  if (!path) {
    require(!describe(path.error()).empty());
    return 0;
  }
  check_path(*path);

  const std::string_view text = input.substr(std::min(end + 1, input.size()));
  const auto pattern = gateway::PathPattern::compile(text);
  if (!pattern) {
    require(!pattern.error().message.empty());
    return 0;
  }
  re2::RE2::Options options;
  options.set_dot_nl(true);
  options.set_log_errors(false);
  const re2::RE2 whole(re2::StringPiece(text.data(), text.size()), options);
  require(whole.ok());
  const auto agrees = [&](std::string_view candidate) {
    return pattern->matches(candidate) ==
           re2::RE2::FullMatch(re2::StringPiece(candidate.data(), candidate.size()), whole);
  };
  require(agrees(path->canonical()) && agrees(pattern->literal_start()));
  require(agrees(pattern->literal_start() + std::string(path->canonical())));
  return 0;
}

#include "http/https_handlers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace hermes::http {
namespace {

constexpr std::uint16_t kHttpsPort = 443;
constexpr std::string_view kField = "Strict-Transport-Security";

/// Without the port; empty: it is none that an address could have.
std::string_view host_of(std::string_view authority) {
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  const std::string_view host = has_port ? authority.substr(0, colon) : authority;
  const bool good = std::ranges::all_of(host, [](char each) {
    return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') ||
           (each >= '0' && each <= '9') || std::string_view("-._:[]").contains(each);
  });
  return good ? host : std::string_view();
}

bool has_field(std::string_view lines, std::string_view name) {
  const auto lower = [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each + ('a' - 'A')) : each;
  };
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find("\r\n"), lines.size());
    const std::string_view line = lines.substr(0, end);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        std::ranges::equal(line.substr(0, name.size()), name, {}, lower, lower)) {
      return true;
    }
    lines.remove_prefix(std::min(end + 2, lines.size()));
  }
  return false;
}

}  // namespace

Awaitable<Response> RedirectToHttps::handle(Request& request) {
  const std::string_view host = host_of(request.authority);
  if (host.empty() || !request.path_and_query.starts_with('/')) {
    co_return problem(400, "this needs https, and a host and a path to find it by",
                      request.id.text());
  }
  std::string location = fmt::format("https://{}", host);
  if (port_ != kHttpsPort) location += fmt::format(":{}", port_);
  location += request.path_and_query;
  Response response = problem(308, fmt::format("this is at {}", location), request.id.text());
  if (!response.add("Location", location)) {
    co_return problem(400, "the target has bytes that it must not have", request.id.text());
  }
  co_return response;
}

Awaitable<Response> StrictTransportSecurity::handle(Request& request) {
  Response response = co_await next_.handle(request);
  if (!has_field(response.lines(), kField)) response.add(kField, value_);
  co_return response;
}

}  // namespace hermes::http

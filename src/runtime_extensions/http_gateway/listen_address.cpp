#include "runtime_extensions/http_gateway/listen_address.hpp"

#include "runtime_extensions/http_gateway/shown.hpp"

#include <fmt/format.h>

#include <charconv>

namespace hermes::ext::http_gateway {

Result<ListenAddress> ListenAddress::parse(std::string_view text) {
  const auto refuse = [&](std::string_view why) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("listener {}: {}; expected an address and a port, such as "
                            "127.0.0.1:8080 or [::1]:8080",
                            shown(text), why));
  };
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']')) return refuse("it has no port");
  const std::string_view host = text.substr(0, colon);
  const bool has_brackets = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  const auto address = has_brackets ? IpAddress::parse_v6(host.substr(1, host.size() - 2))
                                    : IpAddress::parse_v4(host);
  if (!address) {
    return refuse(host == "localhost" ? "localhost is a name, which may mean several addresses"
                                      : fmt::format("{} is not an IP address", shown(host)));
  }
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (error != std::errc() || read_to != end) return refuse("a port is a number from 0 to 65535");
  return ListenAddress{*address, port};
}

std::string ListenAddress::to_string() const {
  return fmt::format(fmt::runtime(address.is_v4() ? "{}:{}" : "[{}]:{}"), address.to_string(),
                     port);
}

}  // namespace hermes::ext::http_gateway

#include "engine/admin/listen_address.hpp"

#include "base/text.hpp"
#include "runtime_extensions/http_gateway/host_name.hpp"

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <optional>

namespace hermes::engine {
namespace {

namespace ip = boost::asio::ip;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || read_to != end) return std::nullopt;
  return port;
}

std::optional<ip::address> parse_host(std::string_view text) {
  boost::system::error_code error;
  if (text.empty()) return ip::address_v4::loopback();
  if (text.starts_with('[') && text.ends_with(']')) {
    const auto address = ip::make_address_v6(std::string(text.substr(1, text.size() - 2)), error);
    return error ? std::nullopt : std::optional<ip::address>(address);
  }
  const auto address = ip::make_address_v4(std::string(text), error);
  return error ? std::nullopt : std::optional<ip::address>(address);
}

}  // namespace

Result<ip::tcp::endpoint> parse_listen_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  const bool has_host = colon != std::string_view::npos;
  const auto host = parse_host(has_host ? text.substr(0, colon) : std::string_view());
  const auto port = parse_port(has_host ? text.substr(colon + 1) : text);
  if (!host || !port) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is no address to listen at: write IP:PORT with a numeric "
                            "address, as in 127.0.0.1:9090 or [::1]:9090, or the port alone for "
                            "127.0.0.1; port 0 takes one that is free",
                            printable(text.substr(0, 80))));
  }
  return ip::tcp::endpoint(*host, *port);
}

Result<std::string> parse_admin_host(std::string_view text) {
  using namespace ext::http_gateway;
  const auto host = HostName::parse(text);
  if (!host || host->kind() != HostKind::kName || text.find(':') != std::string_view::npos) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("\"{}\" is no host name: write it as in hermes.example.com, without a "
                            "port; addresses need not be named",
                            printable(text.substr(0, 80))));
  }
  return std::string(host->name());
}

std::string to_text(const ip::tcp::endpoint& endpoint) {
  const std::string host = endpoint.address().to_string();
  return endpoint.address().is_v6() ? fmt::format("[{}]:{}", host, endpoint.port())
                                    : fmt::format("{}:{}", host, endpoint.port());
}

}  // namespace hermes::engine

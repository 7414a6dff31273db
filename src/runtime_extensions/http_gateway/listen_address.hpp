// Where the gateway waits for connections.
#pragma once

#include "base/result.hpp"
#include "runtime_extensions/http_gateway/ip_address.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hermes::ext::http_gateway {

/// An address and a port. A value.
struct ListenAddress {
  IpAddress address = IpAddress::v4({127, 0, 0, 1});
  /// 0: one that is free.
  std::uint16_t port = 8080;

  /// "127.0.0.1:8080", "[::1]:8080". The error shows the text and what is expected.
  static Result<ListenAddress> parse(std::string_view text);
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

}  // namespace hermes::ext::http_gateway

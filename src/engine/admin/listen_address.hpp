// Where a server listens, as people write it.
#pragma once

#include "base/result.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <string>
#include <string_view>

namespace hermes::engine {

/// Reads "127.0.0.1:9090", "[::1]:9090", or a port alone, "9090" or ":9090", which means 127.0.0.1.
/// Port 0: one that is free. Names of hosts are refused: what they mean may change.
Result<boost::asio::ip::tcp::endpoint> parse_listen_address(std::string_view text);

/// Reads a host name as people write it: in lower case, without a port.
Result<std::string> parse_admin_host(std::string_view text);

/// "127.0.0.1:9090", "[::1]:9090".
std::string to_text(const boost::asio::ip::tcp::endpoint& endpoint);

}  // namespace hermes::engine

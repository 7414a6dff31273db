// What addresses are told apart by.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <array>
#include <cstdint>

namespace hermes::http {

/// An IPv4 address as IPv4-mapped IPv6, whole (RFC 4291 section 2.5.5.2); of IPv6 the first 64
/// bits, which one customer has.
using AddressKey = std::array<std::uint8_t, 16>;

[[nodiscard]] AddressKey address_key(const boost::asio::ip::address& address);

}  // namespace hermes::http

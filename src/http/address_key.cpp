#include "http/address_key.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>

namespace hermes::http {

AddressKey address_key(const boost::asio::ip::address& address) {
  using boost::asio::ip::address_v6;
  if (address.is_v4()) {
    return make_address_v6(boost::asio::ip::v4_mapped, address.to_v4()).to_bytes();
  }
  AddressKey key = address.to_v6().to_bytes();
  if (!address.to_v6().is_v4_mapped()) std::fill(key.begin() + 8, key.end(), std::uint8_t{0});
  return key;
}

}  // namespace hermes::http

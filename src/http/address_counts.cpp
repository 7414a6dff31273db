#include "http/address_counts.hpp"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>

namespace hermes::http {

AddressCounts::Key AddressCounts::key_of(const boost::asio::ip::address& address) {
  using boost::asio::ip::address_v6;
  if (address.is_v4()) {
    return make_address_v6(boost::asio::ip::v4_mapped, address.to_v4()).to_bytes();
  }
  Key key = address.to_v6().to_bytes();
  if (!address.to_v6().is_v4_mapped()) std::fill(key.begin() + 8, key.end(), std::uint8_t{0});
  return key;
}

bool AddressCounts::add(const boost::asio::ip::address& address) {
  const std::lock_guard lock(mutex_);
  std::size_t& count = counts_[key_of(address)];
  if (count >= most_) return false;
  ++count;
  return true;
}

void AddressCounts::remove(const boost::asio::ip::address& address) {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(key_of(address));
  if (--found->second == 0) counts_.erase(found);
}

std::size_t AddressCounts::size() const {
  const std::lock_guard lock(mutex_);
  return counts_.size();
}

}  // namespace hermes::http

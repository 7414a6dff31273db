#include "http/address_counts.hpp"

namespace hermes::http {

bool AddressCounts::add(const boost::asio::ip::address& address) {
  const std::lock_guard lock(mutex_);
  std::size_t& count = counts_[address_key(address)];
  if (count >= most_) return false;
  ++count;
  return true;
}

void AddressCounts::remove(const boost::asio::ip::address& address) {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(address_key(address));
  if (--found->second == 0) counts_.erase(found);
}

std::size_t AddressCounts::size() const {
  const std::lock_guard lock(mutex_);
  return counts_.size();
}

}  // namespace hermes::http

// How many connections each address has.
#pragma once

#include "http/address_key.hpp"

#include <cstddef>
#include <map>
#include <mutex>

namespace hermes::http {

/// Counts connections by address; of IPv6 by the first 64 bits, which one customer has. Any thread.
class AddressCounts {
 public:
  /// `most`: of one address.
  explicit AddressCounts(std::size_t most) : most_(most) {}

  /// false: it has as many as it may, and this one is not counted.
  bool add(const boost::asio::ip::address& address);
  /// One that was counted is gone.
  void remove(const boost::asio::ip::address& address);
  /// Addresses with a connection.
  [[nodiscard]] std::size_t size() const;

 private:
  const std::size_t most_;
  mutable std::mutex mutex_;
  std::map<AddressKey, std::size_t> counts_;
};

}  // namespace hermes::http

// How fast each address may ask.
#pragma once

#include "base/clock.hpp"
#include "http/address_key.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

namespace hermes::http {

/// So many requests per second of each address, evenly, after a number that may come at once: the
/// generic cell rate algorithm (ITU-T I.371, annex A), which needs one time for each address. What
/// comes early is given a time to wait. Any thread.
class RequestRates {
 public:
  /// `per_second` and `burst`: at least 1. `patience`: nobody is made to wait longer than that.
  RequestRates(std::uint64_t per_second, std::uint64_t burst, Duration patience);

  /// Counts a request that has come at `now`, and answers how long it has to wait; none: longer
  /// than the patience, and it is not counted. `now` may go back between threads, by a little.
  std::optional<Duration> take(const boost::asio::ip::address& address, SteadyTime now);

  /// Addresses that something is remembered of: those that would not be given a whole burst again
  /// when they were last looked for, and as many others at most.
  [[nodiscard]] std::size_t size() const;

 private:
  /// Addresses are spread over these, so that workers seldom meet.
  struct alignas(64) Part {
    mutable std::mutex mutex;
    /// When the address has as many requests to its credit as it may: in the past, it is forgotten.
    std::map<AddressKey, SteadyTime> full;
    /// With more addresses than that, those to be forgotten are looked for.
    std::size_t look_at = kLeastLook;
  };
  static constexpr std::size_t kParts = 16;
  static constexpr std::size_t kLeastLook = 64;

  Part& part_of(const AddressKey& key);

  const Duration each_;
  const Duration burst_;
  const Duration patience_;
  std::array<Part, kParts> parts_;
};

}  // namespace hermes::http

#include "http/request_rates.hpp"

#include <algorithm>
#include <functional>
#include <string_view>

namespace hermes::http {

RequestRates::RequestRates(std::uint64_t per_second, std::uint64_t burst, Duration patience)
    : each_(std::max<Duration>(Duration{1},
                               std::chrono::duration_cast<Duration>(std::chrono::seconds{1}) /
                                   static_cast<Duration::rep>(per_second))),
      burst_(each_ * static_cast<Duration::rep>(burst)),
      patience_(patience) {}

RequestRates::Part& RequestRates::part_of(const AddressKey& key) {
  const std::string_view bytes(reinterpret_cast<const char*>(key.data()), key.size());
  return parts_[std::hash<std::string_view>{}(bytes) % kParts];
}

std::optional<Duration> RequestRates::take(const boost::asio::ip::address& address,
                                           SteadyTime now) {
  const AddressKey key = address_key(address);
  Part& part = part_of(key);
  const std::lock_guard lock(part.mutex);
  if (part.full.size() >= part.look_at) {
    std::erase_if(part.full, [now](const auto& each) { return each.second <= now; });
    part.look_at = std::max(kLeastLook, 2 * part.full.size());
  }
  SteadyTime& full = part.full.try_emplace(key, now).first->second;
  const SteadyTime next = std::max(full, now) + each_;
  const Duration wait = std::max(Duration::zero(), next - burst_ - now);
  if (wait > patience_) return std::nullopt;
  full = next;
  return wait;
}

std::size_t RequestRates::size() const {
  std::size_t size = 0;
  for (const Part& part : parts_) {
    const std::lock_guard lock(part.mutex);
    size += part.full.size();
  }
  return size;
}

}  // namespace hermes::http

#include "runtime_extensions/http_gateway/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace hermes::ext::http_gateway {
namespace {

// inet_pton(3) wants a terminated text; nothing valid is longer than this.
using Terminated = std::array<char, INET6_ADDRSTRLEN>;

bool terminate(std::string_view text, Terminated& out) {
  if (text.size() >= out.size() || text.find('\0') != std::string_view::npos) return false;
  std::ranges::copy(text, out.begin());
  out[text.size()] = '\0';
  return true;
}

struct Network {
  std::array<std::uint8_t, 16> prefix;
  unsigned bits;
  AddressScope scope;
};

bool contains(const Network& network, std::span<const std::uint8_t> address) {
  const std::size_t whole = network.bits / 8;
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                  network.prefix.begin())) {
    return false;
  }
  const unsigned rest = network.bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<std::uint8_t>(0xff00U >> rest);
  return (address[whole] & mask) == (network.prefix[whole] & mask);
}

using enum AddressScope;

// The first that contains the address decides.
constexpr std::array kNetworks4 = {
    Network{{0}, 8, kReserved},              // this network
    Network{{10}, 8, kPrivate},              // RFC 1918
    Network{{100, 64}, 10, kPrivate},        // RFC 6598, shared
    Network{{127}, 8, kPrivate},             // loopback
    Network{{169, 254}, 16, kPrivate},       // link-local
    Network{{172, 16}, 12, kPrivate},        // RFC 1918
    Network{{192, 0, 0}, 24, kReserved},     // protocol assignments
    Network{{192, 0, 2}, 24, kReserved},     // documentation
    Network{{192, 88, 99}, 24, kReserved},   // 6to4 relays
    Network{{192, 168}, 16, kPrivate},       // RFC 1918
    Network{{198, 18}, 15, kReserved},       // benchmarks
    Network{{198, 51, 100}, 24, kReserved},  // documentation
    Network{{203, 0, 113}, 24, kReserved},   // documentation
    Network{{224}, 4, kReserved},            // multicast
    Network{{240}, 4, kReserved},            // future use, broadcast
    Network{{0}, 0, kPublic},
};

constexpr std::array kNetworks6 = {
    Network{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, kPrivate},  // loopback
    Network{{0xfc}, 7, kPrivate},                                              // unique local
    Network{{0xfe, 0x80}, 10, kPrivate},                                       // link-local
    Network{{0x20, 0x01}, 23, kReserved},                                      // protocols, Teredo
    Network{{0x20, 0x01, 0x0d, 0xb8}, 32, kReserved},                          // documentation
    Network{{0x3f, 0xff}, 20, kReserved},                                      // documentation
    Network{{0x20}, 3, kPublic},                                               // global unicast
    Network{{0}, 0, kReserved},
};

struct Wrapper {
  std::array<std::uint8_t, 16> prefix;
  unsigned bits;
  std::size_t at;
};

constexpr std::array kWrappers = {
    Wrapper{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, 12},  // RFC 4291 section 2.5.5.2
    Wrapper{{0x00, 0x64, 0xff, 0x9b}, 96, 12},                    // RFC 6052
    Wrapper{{0x20, 0x02}, 16, 2},                                 // RFC 3056
};

template <std::size_t N>
AddressScope first_of(const std::array<Network, N>& networks,
                      std::span<const std::uint8_t> address) {
  return std::ranges::find_if(networks,
                              [&](const Network& each) { return contains(each, address); })
      ->scope;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse_v4(std::string_view text) {
  Terminated terminated;
  std::array<std::uint8_t, 4> bytes{};
  if (!terminate(text, terminated)) return std::nullopt;
  if (::inet_pton(AF_INET, terminated.data(), bytes.data()) != 1) return std::nullopt;
  return v4(bytes);
}

std::optional<IpAddress> IpAddress::parse_v6(std::string_view text) {
  Terminated terminated;
  std::array<std::uint8_t, 16> bytes{};
  if (!terminate(text, terminated)) return std::nullopt;
  if (::inet_pton(AF_INET6, terminated.data(), bytes.data()) != 1) return std::nullopt;
  return v6(bytes);
}

IpAddress IpAddress::v4(const std::array<std::uint8_t, 4>& bytes) {
  IpAddress address;
  std::ranges::copy(bytes, address.bytes_.begin());
  address.size_ = bytes.size();
  return address;
}

IpAddress IpAddress::v6(const std::array<std::uint8_t, 16>& bytes) {
  IpAddress address;
  address.bytes_ = bytes;
  address.size_ = bytes.size();
  return address;
}

std::string IpAddress::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  // Never fails: the family is one of the two, and the buffer is large enough for both.
  ::inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text.data(), text.size());
  return text.data();
}

AddressScope scope_of(const IpAddress& address) {
  const auto bytes = address.bytes();
  if (address.is_v4()) return first_of(kNetworks4, bytes);
  for (const Wrapper& wrapper : kWrappers) {
    if (!contains({wrapper.prefix, wrapper.bits, kPublic}, bytes)) continue;
    return first_of(kNetworks4, bytes.subspan(wrapper.at, 4));
  }
  return first_of(kNetworks6, bytes);
}

}  // namespace hermes::ext::http_gateway

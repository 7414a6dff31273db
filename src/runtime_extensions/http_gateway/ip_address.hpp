// IP addresses as data: read, printed, and whether they lead into private networks.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hermes::ext::http_gateway {

/// An IPv4 or IPv6 address, without a zone. A value.
class IpAddress {
 public:
  /// Four decimal numbers without leading zeros (RFC 3986 section 3.2.2, IPv4address). The other
  /// spellings that inet_aton(3) takes, such as 0x7f.1, are refused.
  static std::optional<IpAddress> parse_v4(std::string_view text);
  /// The text forms of RFC 4291 section 2.2, without brackets.
  static std::optional<IpAddress> parse_v6(std::string_view text);

  /// In network byte order.
  static IpAddress v4(const std::array<std::uint8_t, 4>& bytes);
  static IpAddress v6(const std::array<std::uint8_t, 16>& bytes);

  [[nodiscard]] bool is_v4() const { return size_ == 4; }
  /// 4 or 16, in network byte order.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return {bytes_.data(), size_}; }
  /// "192.0.2.1", "2001:db8::1" (RFC 5952).
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const IpAddress&, const IpAddress&) = default;

 private:
  IpAddress() = default;
  std::array<std::uint8_t, 16> bytes_{};
  std::size_t size_ = 0;
};

/// Where an address leads.
enum class AddressScope : std::uint8_t {
  /// Anywhere on the Internet.
  kPublic,
  /// This machine, this link, or a network that is private: 127.0.0.0/8, ::1, 169.254.0.0/16,
  /// fe80::/10, RFC 1918, RFC 6598 (shared), fc00::/7.
  kPrivate,
  /// Nowhere that a request may go: unspecified, multicast, broadcast, documentation, reserved.
  kReserved,
};

/// By the registries of special-purpose addresses (RFC 6890, IANA). An IPv6 address that only wraps
/// an IPv4 address (IPv4-mapped, 64:ff9b::/96, 6to4) is what the wrapped one is; Teredo addresses
/// are reserved.
AddressScope scope_of(const IpAddress& address);

}  // namespace hermes::ext::http_gateway

// The host that a request names, validated.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

namespace hermes::ext::http_gateway {

/// Bytes of a host name without its port (RFC 1035 section 2.3.4: 255 on the wire).
inline constexpr std::size_t kMaxHostBytes = 253;

/// Why a value names no host.
enum class HostFault : std::uint8_t {
  kEmpty,
  kTooLong,
  kUserinfo,
  kCharacter,
  kLabel,
  kAddress,
  kPort,
};

/// One sentence for the client. Static.
std::string_view describe(HostFault fault);

enum class HostKind : std::uint8_t { kName, kIpv4, kIpv6 };

/// The value of a Host field or of :authority (RFC 9110 section 7.2, RFC 3986 section 3.2.2): a
/// name or an address, and perhaps a port. Lower case, one dot at the end removed; IPv6 addresses
/// in brackets as RFC 5952 writes them.
///
/// Names have letters, digits, `-`, `_` and dots, in labels of 1 to 63 bytes. What RFC 3986 allows
/// beyond that (percent-encoding, sub-delims, IPvFuture, zones) names nothing that a client could
/// have connected to, and is refused.
///
/// A value of fixed size: parsing allocates nothing, whatever the input.
class HostName {
 public:
  static std::expected<HostName, HostFault> parse(std::string_view text);

  /// Lives as long as this object.
  [[nodiscard]] std::string_view name() const { return {bytes_.data(), size_}; }
  [[nodiscard]] HostKind kind() const { return kind_; }
  /// 1 to 65535. None: there was none, or it was empty.
  [[nodiscard]] std::optional<std::uint16_t> port() const { return port_; }

 private:
  HostName() = default;
  std::optional<HostFault> read_name(std::string_view text);
  std::optional<HostFault> read_v6(std::string_view text);
  std::optional<HostFault> read_port(std::string_view digits);

  std::array<char, kMaxHostBytes> bytes_{};
  std::size_t size_ = 0;
  HostKind kind_ = HostKind::kName;
  std::optional<std::uint16_t> port_;
};

}  // namespace hermes::ext::http_gateway

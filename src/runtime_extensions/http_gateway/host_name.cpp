#include "runtime_extensions/http_gateway/host_name.hpp"

#include "runtime_extensions/http_gateway/ascii.hpp"
#include "runtime_extensions/http_gateway/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

namespace hermes::ext::http_gateway {
namespace {

constexpr std::size_t kMaxLabelBytes = 63;
// The name, a dot at its end, a colon and five digits.
constexpr std::size_t kMaxTextBytes = kMaxHostBytes + 7;

constexpr bool is_name_character(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
}

bool has_good_labels(std::string_view name) {
  while (true) {
    const std::size_t dot = name.find('.');
    const std::size_t size = std::min(dot, name.size());
    if (size == 0 || size > kMaxLabelBytes) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

std::string_view describe(HostFault fault) {
  switch (fault) {
    case HostFault::kEmpty:
      return "The request names no host.";
    case HostFault::kTooLong:
      return "The name of the host is longer than 253 bytes.";
    case HostFault::kUserinfo:
      return "A host has no user name before it.";
    case HostFault::kCharacter:
      return "A host name has letters, digits, '-', '_' and dots, and nothing else.";
    case HostFault::kLabel:
      return "Between the dots of a host name are 1 to 63 characters.";
    case HostFault::kAddress:
      return "What stands in brackets is not an IPv6 address.";
    case HostFault::kPort:
      return "After the colon of a host is one port, from 1 to 65535.";
  }
  return "The host is malformed.";
}

std::expected<HostName, HostFault> HostName::parse(std::string_view text) {
  if (text.empty()) return std::unexpected(HostFault::kEmpty);
  if (text.size() > kMaxTextBytes) return std::unexpected(HostFault::kTooLong);
  if (text.find('@') != std::string_view::npos) return std::unexpected(HostFault::kUserinfo);

  HostName host;
  std::string_view after;
  std::optional<HostFault> fault;
  if (text.front() == '[') {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return std::unexpected(HostFault::kAddress);
    after = text.substr(end + 1);
    fault = host.read_v6(text.substr(1, end - 1));
  } else {
    const std::size_t end = std::min(text.find(':'), text.size());
    after = text.substr(end);
    fault = host.read_name(text.substr(0, end));
  }
  if (!fault && !after.empty()) {
    fault = after.front() == ':' ? host.read_port(after.substr(1)) : HostFault::kPort;
  }
  if (fault) return std::unexpected(*fault);
  return host;
}

std::optional<HostFault> HostName::read_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty()) return HostFault::kEmpty;
  if (!std::ranges::all_of(text, is_name_character)) return HostFault::kCharacter;
  if (text.size() > kMaxHostBytes) return HostFault::kTooLong;
  if (!has_good_labels(text)) return HostFault::kLabel;
  std::ranges::transform(text, bytes_.begin(), to_lower);
  size_ = text.size();
  if (IpAddress::parse_v4(text)) kind_ = HostKind::kIpv4;
  return std::nullopt;
}

std::optional<HostFault> HostName::read_v6(std::string_view text) {
  const auto address = IpAddress::parse_v6(text);
  if (!address) return HostFault::kAddress;
  // Not IpAddress::to_string(): that one allocates.
  bytes_[0] = '[';
  ::inet_ntop(AF_INET6, address->bytes().data(), &bytes_[1], INET6_ADDRSTRLEN);
  size_ = 1 + std::strlen(&bytes_[1]);
  bytes_[size_++] = ']';
  kind_ = HostKind::kIpv6;
  return std::nullopt;
}

std::optional<HostFault> HostName::read_port(std::string_view digits) {
  constexpr std::size_t kMaxDigits = 5;
  if (digits.empty()) return std::nullopt;
  if (digits.size() > kMaxDigits || !std::ranges::all_of(digits, is_digit)) {
    return HostFault::kPort;
  }
  unsigned value = 0;
  for (const char c : digits) value = value * 10 + static_cast<unsigned>(c - '0');
  if (value == 0 || value > 65'535) return HostFault::kPort;
  port_ = static_cast<std::uint16_t>(value);
  return std::nullopt;
}

}  // namespace hermes::ext::http_gateway

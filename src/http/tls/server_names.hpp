// Which certificates a host name gets.
#pragma once

#include "http/tls/certificate.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::http {

/// Of each kind of key one certificate at most, by its index.
using CertificateChoice = std::array<std::optional<std::size_t>, kKeyKinds>;

/// Finds by name. A certificate with the name itself goes before one with the wildcard, and then
/// the one that comes first; of each kind of key by itself, so that a name may have one of each.
/// Immutable.
class ServerNames {
 public:
  /// `certificates`: at least one.
  explicit ServerNames(std::span<const Certificate> certificates);

  /// All choices that there are. The first is the default: the first certificate, and the first one
  /// of another kind that has all of its names.
  [[nodiscard]] const std::vector<CertificateChoice>& choices() const { return choices_; }
  /// The index of the choice for a host name of the client, in any case, with a dot at the end or
  /// without; nothing: there is none, and the default is taken.
  [[nodiscard]] std::optional<std::size_t> find(std::string_view name) const;

 private:
  std::size_t index_of(const CertificateChoice& choice);

  std::vector<CertificateChoice> choices_;
  /// By names as they stand in certificates.
  std::map<std::string, std::size_t, std::less<>> by_name_;
};

}  // namespace hermes::http

// A certificate of the server: who it is, and the key that proves it.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/tls/openssl.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hermes::http {

/// PEM files (RFC 7468). May be the same.
struct CertificateFiles {
  /// The certificate of the server, then those that lead to a root.
  std::filesystem::path certificate;
  /// Not readable by other users, and without a passphrase.
  std::filesystem::path key;
};

/// A client takes one of each at most, as it pleases.
enum class KeyKind : std::uint8_t { kEcdsa, kRsa };
inline constexpr std::size_t kKeyKinds = 2;

/// A certificate with its key, ready to be used. Immutable once it has been read.
struct Certificate {
  static constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;
  static constexpr std::size_t kMaxChain = 16;

  /// Reads and checks. The error names the file, what is wrong with it and the way out. `now` is
  /// for the time that it is valid. Blocks.
  static Result<Certificate> read(const CertificateFiles& files, WallTime now);

  CertificateFiles files;
  X509Ptr certificate;
  std::vector<X509Ptr> chain;
  KeyPtr key;
  KeyKind kind = KeyKind::kEcdsa;
  /// The DNS names of the subjectAltName (RFC 9525 section 6): in lower case, without a dot at the
  /// end; "*.example.com" for one label more. The common name does not count.
  std::vector<std::string> names;
  /// What clients will complain about although the certificate can be used: it has expired, for
  /// example. A sentence.
  std::optional<std::string> warning;
};

}  // namespace hermes::http

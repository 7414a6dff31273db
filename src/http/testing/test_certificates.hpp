// Certificates for tests, made on the spot.
#pragma once

#include "base/testing/temporary_directory.hpp"
#include "http/tls/certificate.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace hermes::http::testing {

struct TestCertificateOptions {
  /// DNS names, or IP addresses.
  std::vector<std::string> names{"localhost"};
  KeyKind kind = KeyKind::kEcdsa;
  int rsa_bits = 2048;
  /// Days from now.
  int valid_from = -1;
  int valid_until = 10;
};

/// An authority that signs what it is asked to, and writes it into files of its own directory.
/// Ends the process where OpenSSL fails.
class TestAuthority {
 public:
  TestAuthority();

  /// A certificate and its key as NAME.pem and NAME.key; those that were there are replaced, each
  /// at once.
  CertificateFiles make(std::string_view name, const TestCertificateOptions& options = {}) const;

  /// The PEM file of its own certificate, for clients.
  [[nodiscard]] std::string file() const { return directory_ / "authority.pem"; }
  [[nodiscard]] const TemporaryDirectory& directory() const { return directory_; }

 private:
  TemporaryDirectory directory_;
  KeyPtr key_;
  X509Ptr certificate_;
};

}  // namespace hermes::http::testing

// What the TLS connections of a server share.
#pragma once

#include "base/result.hpp"
#include "http/tls/certificate.hpp"
#include "http/tls/openssl.hpp"
#include "http/tls/server_names.hpp"
#include "http/tls/ticket_keys.hpp"

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::http {

/// What is offered by ALPN (RFC 7301), preferred first.
inline constexpr std::array<std::string_view, 2> kApplicationProtocols{"h2", "http/1.1"};

/// Versions, ciphers and certificates: TLS 1.2 and 1.3 as in Mozilla's "intermediate" list.
/// Immutable: to change something, make another one. Connections keep the one they began with. Any
/// thread.
class TlsContext {
 public:
  static constexpr std::size_t kMaxCertificates = 1024;

  /// `certificates`: the first is for clients that name no host, or one that no certificate has.
  /// `keys`: of those that are to resume each other's sessions, the same. `protocols`: as
  /// kApplicationProtocols. The error names the certificate and what is wrong with it.
  static Result<std::shared_ptr<const TlsContext>> create(
      std::vector<Certificate> certificates, std::shared_ptr<TicketKeys> keys,
      std::span<const std::string_view> protocols = kApplicationProtocols);
  ~TlsContext() = default;
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  /// The server's side of a connection, which this outlives. Null: there is no memory.
  [[nodiscard]] SslPtr new_connection() const;

  [[nodiscard]] const std::vector<Certificate>& certificates() const { return certificates_; }

 private:
  /// What OpenSSL calls.
  struct Callbacks;

  TlsContext(std::vector<Certificate> certificates, std::shared_ptr<TicketKeys> keys);
  Result<void> add_context(const CertificateChoice& choice);
  Result<void> use(SSL_CTX& context, const Certificate& certificate);

  std::vector<Certificate> certificates_;
  std::shared_ptr<TicketKeys> keys_;
  ServerNames names_;
  /// As ALPN has it: each with its length in front.
  std::string protocols_;
  /// By the index of their choice of certificates.
  std::vector<SslContextPtr> contexts_;
};

}  // namespace hermes::http

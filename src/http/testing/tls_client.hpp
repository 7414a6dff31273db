// A client that speaks TLS as a test says.
#pragma once

#include "http/testing/http_client.hpp"
#include "http/tls/openssl.hpp"

#include <memory>
#include <string>
#include <vector>

namespace hermes::http::testing {

using SslSessionPtr = std::unique_ptr<SSL_SESSION, OpensslDelete<SSL_SESSION_free>>;

struct TlsClientOptions {
  /// The PEM file of the authority that is trusted; empty: any certificate will do.
  std::string authority{};
  /// For SNI, and what the certificate must be for; empty: neither.
  std::string server_name{};
  int least_version = TLS1_VERSION;
  int most_version = TLS1_3_VERSION;
  /// As OpenSSL names them; empty: all that it has, the weak ones too.
  std::string ciphers{};
  std::string signature_algorithms{};
  std::vector<std::string> protocols{};
  /// Resumed if the server agrees.
  SSL_SESSION* session = nullptr;
};

/// One connection; see HttpClient.
class TlsClient final : public HttpClient {
 public:
  /// Agrees on TLS with the server, or fails: see failure().
  TlsClient(const boost::asio::ip::tcp::endpoint& server, const TlsClientOptions& options);
  /// Closes without a word; its session may be resumed all the same.
  ~TlsClient() override;

  [[nodiscard]] bool connected() const { return connected_; }
  /// Why connecting or reading has failed, as OpenSSL says it; empty: it has not.
  [[nodiscard]] const std::string& failure() const { return failure_; }

  /// The common name of the server's certificate.
  [[nodiscard]] std::string certificate() const;
  /// "TLSv1.3".
  [[nodiscard]] std::string version() const;
  [[nodiscard]] std::string cipher() const;
  [[nodiscard]] std::string protocol() const;
  [[nodiscard]] bool resumed() const;
  /// To be resumed; with TLS 1.3 after something was read.
  [[nodiscard]] SslSessionPtr session() const;
  /// The server said that it has sent everything.
  [[nodiscard]] bool ended_in_order() const;
  [[nodiscard]] SSL* ssl() { return ssl_.get(); }

  bool send(std::string_view bytes) override;
  /// Sends close_notify.
  void end_sending() override;
  /// Past TLS.
  bool send_raw(std::string_view bytes) { return HttpClient::send(bytes); }
  void end_sending_raw() { HttpClient::end_sending(); }

 protected:
  ssize_t receive(std::span<char> into) override;

 private:
  void failed();

  SslContextPtr context_;
  SslPtr ssl_;
  bool connected_ = false;
  std::string failure_;
};

}  // namespace hermes::http::testing

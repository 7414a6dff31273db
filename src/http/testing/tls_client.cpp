#include "http/testing/tls_client.hpp"

#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

namespace hermes::http::testing {
namespace {

void expect(bool done) {
  if (done) return;
  ERR_print_errors_fp(stderr);
  std::abort();
}

SslContextPtr make_context(const TlsClientOptions& options) {
  SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const it = context.get();
  expect(it != nullptr);
  // What is weak should be refused by the server, not by this client.
  SSL_CTX_set_security_level(it, 0);
  const std::string ciphers = options.ciphers.empty() ? "ALL:COMPLEMENTOFALL" : options.ciphers;
  expect(SSL_CTX_set_cipher_list(it, ciphers.c_str()) == 1);
  expect(SSL_CTX_set_min_proto_version(it, options.least_version) == 1);
  expect(SSL_CTX_set_max_proto_version(it, options.most_version) == 1);
  if (!options.signature_algorithms.empty()) {
    expect(SSL_CTX_set1_sigalgs_list(it, options.signature_algorithms.c_str()) == 1);
  }
  if (!options.authority.empty()) {
    expect(SSL_CTX_load_verify_file(it, options.authority.c_str()) == 1);
    SSL_CTX_set_verify(it, SSL_VERIFY_PEER, nullptr);
  }
  return context;
}

}  // namespace

TlsClient::TlsClient(const boost::asio::ip::tcp::endpoint& server, const TlsClientOptions& options)
    : HttpClient(server), context_(make_context(options)), ssl_(SSL_new(context_.get())) {
  // OpenSSL writes to sockets that the server has closed.
  ::signal(SIGPIPE, SIG_IGN);
  SSL* const it = ssl_.get();
  expect(it != nullptr && SSL_set_fd(it, descriptor()) == 1);
  if (!options.server_name.empty()) {
    expect(SSL_set_tlsext_host_name(it, options.server_name.c_str()) == 1);
    expect(SSL_set1_host(it, options.server_name.c_str()) == 1);
  }
  std::string protocols;
  for (const std::string& each : options.protocols) {
    protocols += static_cast<char>(each.size());
    protocols += each;
  }
  if (!protocols.empty()) {
    expect(SSL_set_alpn_protos(it, reinterpret_cast<const unsigned char*>(protocols.data()),
                               static_cast<unsigned>(protocols.size())) == 0);
  }
  if (options.session != nullptr) expect(SSL_set_session(it, options.session) == 1);
  ERR_clear_error();
  connected_ = SSL_connect(it) == 1;
  if (!connected_) failed();
}

TlsClient::~TlsClient() { SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN); }

void TlsClient::failed() {
  if (failure_.empty()) failure_ = take_openssl_reason();
  ERR_clear_error();
}

std::string TlsClient::certificate() const {
  const X509* const certificate = SSL_get0_peer_certificate(ssl_.get());
  if (certificate == nullptr) return "-";
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(),
                            name.size());
  return name.data();
}

std::string TlsClient::version() const { return SSL_get_version(ssl_.get()); }
std::string TlsClient::cipher() const { return SSL_get_cipher_name(ssl_.get()); }

std::string TlsClient::protocol() const {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &name, &size);
  return {reinterpret_cast<const char*>(name), size};
}

bool TlsClient::resumed() const { return SSL_session_reused(ssl_.get()) == 1; }
SslSessionPtr TlsClient::session() const { return SslSessionPtr(SSL_get1_session(ssl_.get())); }

bool TlsClient::ended_in_order() const {
  return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
}

bool TlsClient::send(std::string_view bytes) {
  while (!bytes.empty()) {
    ERR_clear_error();
    const auto size = static_cast<int>(std::min<std::size_t>(bytes.size(), 1U << 30U));
    const int count = SSL_write(ssl_.get(), bytes.data(), size);
    if (count <= 0) {
      failed();
      return false;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

void TlsClient::end_sending() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

ssize_t TlsClient::receive(std::span<char> into) {
  ERR_clear_error();
  const int count = SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size()));
  if (count > 0) return count;
  const int error = SSL_get_error(ssl_.get(), count);
  if (error == SSL_ERROR_WANT_READ) {
    std::fputs("the server neither answers nor closes\n", stderr);
    std::abort();
  }
  if (error == SSL_ERROR_SSL) failed();
  ERR_clear_error();
  return -1;
}

}  // namespace hermes::http::testing

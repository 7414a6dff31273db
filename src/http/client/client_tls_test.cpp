// What the client trusts.
#include "base/testing/temporary_directory.hpp"
#include "http/client/client.hpp"
#include "http/client/testing/collecting_handler.hpp"
#include "http/client/testing/scripted_server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <signal.h>

#include <memory>
#include <string>
#include <thread>

namespace hermes::http {
namespace {

using testing::CollectingHandler;
using testing::Peer;
using testing::request_to;
using testing::ScriptedServer;

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* each) const { Free(each); }
};
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;

/// A certificate for `name` that vouches for itself.
struct Identity {
  explicit Identity(const std::string& name) : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    X509* const each = certificate.get();
    X509_set_version(each, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(each), 1);
    X509_gmtime_adj(X509_getm_notBefore(each), -3600);
    X509_gmtime_adj(X509_getm_notAfter(each), 3600);
    X509_set_pubkey(each, key.get());
    X509_NAME* const subject = X509_get_subject_name(each);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(each, subject);
    const std::string alternative = "DNS:" + name;
    X509_EXTENSION* const names =
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str());
    X509_add_ext(each, names, -1);
    X509_EXTENSION_free(names);
    X509_sign(each, key.get(), EVP_sha256());
  }

  [[nodiscard]] std::string pem() const {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
    PEM_write_bio_X509(out.get(), certificate.get());
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

  Key key;
  Certificate certificate;
};

/// A peer that speaks TLS to one client, and answers one request.
class TlsServer {
 public:
  explicit TlsServer(const Identity& identity)
      : context_(SSL_CTX_new(TLS_server_method())),
        acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
    port = acceptor_.local_endpoint().port();
    thread_ = std::thread([this] { serve(); });
  }
  ~TlsServer() { thread_.join(); }
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  std::uint16_t port = 0;

 private:
  void serve() {
    // OpenSSL writes to sockets as to files.
    sigset_t broken_pipe{};
    sigaddset(&broken_pipe, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &broken_pipe, nullptr);
    boost::asio::ip::tcp::socket socket(io_);
    acceptor_.accept(socket);
    const std::unique_ptr<SSL, Freed<SSL, SSL_free>> ssl(SSL_new(context_.get()));
    SSL_set_fd(ssl.get(), socket.native_handle());
    if (SSL_accept(ssl.get()) != 1) return;
    std::array<char, 4096> request{};
    if (SSL_read(ssl.get(), request.data(), request.size()) <= 0) return;
    const std::string_view answer = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";
    SSL_write(ssl.get(), answer.data(), static_cast<int>(answer.size()));
    SSL_read(ssl.get(), request.data(), request.size());
  }

  std::unique_ptr<SSL_CTX, Freed<SSL_CTX, SSL_CTX_free>> context_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

class ClientTlsTest : public ::testing::Test {
 protected:
  /// What comes of asking a server that is `identity` for https://name/.
  ClientFailure ask(const Identity& identity, const std::string& name,
                    std::optional<std::string> trusted) {
    TlsServer server(identity);
    ClientOptions options;
    options.hosts = {fmt::format("{}:{}:127.0.0.1", name, server.port)};
    if (trusted) options.extra_certificates = directory_.write("trusted.pem", *trusted);
    auto client = Client::start(options);
    EXPECT_TRUE(client) << client.error().message;
    auto handler = std::make_shared<CollectingHandler>();
    (*client)->send(request_to(fmt::format("https://{}:{}/", name, server.port)), handler);
    handler->wait();
    EXPECT_EQ(handler->content, handler->failure == ClientFailure::kNone ? "secret" : "");
    return handler->failure;
  }

  TemporaryDirectory directory_;
};

TEST_F(ClientTlsTest, OnlyWhatIsTrustedForThatName) {
  const Identity good("good.example");
  const Identity other("good.example");
  EXPECT_EQ(ask(good, "good.example", good.pem()), ClientFailure::kNone);
  EXPECT_EQ(ask(good, "good.example", other.pem() + good.pem()), ClientFailure::kNone);
  EXPECT_EQ(ask(good, "good.example", std::nullopt), ClientFailure::kTlsCertificate);
  EXPECT_EQ(ask(good, "good.example", other.pem()), ClientFailure::kTlsCertificate);
  EXPECT_EQ(ask(good, "bad.example", good.pem()), ClientFailure::kTlsCertificate);
}

TEST_F(ClientTlsTest, AServerWithoutTls) {
  ScriptedServer server([](Peer& peer) {
    peer.read(10);
    peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  auto client = std::move(*Client::start({}));
  auto handler = std::make_shared<CollectingHandler>();
  client->send(request_to(fmt::format("https://127.0.0.1:{}/", server.port())), handler);
  handler->wait();
  EXPECT_EQ(handler->failure, ClientFailure::kTlsProtocol);
}

TEST_F(ClientTlsTest, TheFileOfCertificatesIsChecked) {
  const std::string pem = Identity("a").pem();
  const std::pair<std::string, const char*> cases[] = {
      {"", "there is none"},
      {"no certificate", "there is none"},
      {pem + "-----BEGIN CERTIFICATE-----\nxxxx\n-----END CERTIFICATE-----\n", "damaged"},
      {pem.substr(0, pem.size() / 2), "damaged"},
  };
  for (const auto& [text, error] : cases) {
    const auto client = Client::start({.extra_certificates = directory_.write("a.pem", text)});
    ASSERT_FALSE(client) << text;
    EXPECT_NE(client.error().message.find(error), std::string::npos) << client.error().message;
  }
  EXPECT_FALSE(Client::start({.extra_certificates = directory_ / "none.pem"}));
}

}  // namespace
}  // namespace hermes::http

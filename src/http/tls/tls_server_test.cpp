// The server over TLS, with clients that behave.
#include "http/testing/tls_server_test_fixture.hpp"

#include <gmock/gmock.h>
#include <malloc.h>

#include <atomic>

namespace hermes::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::HttpClient;
using ::testing::Not;
using testing::TlsClient;
using testing::TlsClientOptions;
using testing::TlsServerTest;

TEST_F(TlsServerTest, AnswersRequests) {
  start();
  TlsClient client = connect();
  ASSERT_TRUE(client.connected()) << client.failure();
  EXPECT_EQ(client.version(), "TLSv1.3");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(get(client, "/a?b"), "/a?b true");
  client.send("GET /x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read()->status, 200);
  EXPECT_TRUE(client.closed_without_a_word());
  EXPECT_TRUE(client.ended_in_order());
  EXPECT_EQ(sum(&ListenerStats::handshakes), 1U);
  EXPECT_EQ(sum(&ListenerStats::handshakes_failed), 0U);
}

TEST_F(TlsServerTest, ChoosesCertificatesByName) {
  start({
      authority_.make("default", {.names = {"localhost", "127.0.0.1"}}),
      authority_.make("shop", {.names = {"shop.example", "*.shop.example"}}),
      authority_.make("shop-rsa", {.names = {"shop.example"}, .kind = KeyKind::kRsa}),
      authority_.make("www", {.names = {"www.shop.example"}}),
  });
  const struct {
    std::string name;
    std::string certificate;
    bool trusted = true;
    std::string algorithms{};
  } cases[] = {
      {"localhost", "default"},
      {"", "default"},
      {"unknown.example", "default", false},
      {"shop.example", "shop"},
      {"SHOP.example", "shop"},
      {"a.shop.example", "shop"},
      {"www.shop.example", "www"},
      {"a.www.shop.example", "default", false},
      {"shop.example", "shop-rsa", true, "rsa_pss_rsae_sha256:rsa_pkcs1_sha256"},
  };
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const auto& each : cases) {
      TlsClientOptions options{.server_name = each.name,
                               .most_version = version,
                               .signature_algorithms = each.algorithms};
      TlsClient curious(address(), options);
      EXPECT_TRUE(curious.connected()) << each.name << ": " << curious.failure();
      EXPECT_EQ(curious.certificate(), each.certificate) << each.name;
      if (!each.algorithms.empty()) continue;
      TlsClient careful(address(), trusting(each.name));
      EXPECT_EQ(careful.connected(), each.trusted) << each.name << ": " << careful.failure();
    }
  }
}

TEST_F(TlsServerTest, SpeaksWhatIsSafeAndRefusesTheRest) {
  start({authority_.make("ecdsa"), authority_.make("rsa", {.kind = KeyKind::kRsa})});
  const struct {
    int version;
    std::string ciphers;
    /// Empty: refused.
    std::string chosen;
  } cases[] = {
      {TLS1_3_VERSION, "", "TLS_AES_128_GCM_SHA256"},
      {TLS1_2_VERSION, "", "ECDHE-ECDSA-AES128-GCM-SHA256"},
      // The server prefers, but for clients that compute AES slowly.
      {TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256",
       "ECDHE-RSA-AES128-GCM-SHA256"},
      {TLS1_2_VERSION, "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256",
       "ECDHE-ECDSA-CHACHA20-POLY1305"},
      {TLS1_2_VERSION, "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"},
      {TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES256-SHA", ""},
      {TLS1_2_VERSION, "AES128-GCM-SHA256:AES256-SHA", ""},
      {TLS1_2_VERSION, "DHE-RSA-AES256-GCM-SHA384", ""},
      {TLS1_2_VERSION, "ADH-AES128-SHA256:AECDH-AES128-SHA:NULL-SHA256", ""},
      {TLS1_1_VERSION, "", ""},
      {TLS1_VERSION, "", ""},
  };
  for (const auto& each : cases) {
    TlsClient client(address(), {.most_version = each.version, .ciphers = each.ciphers});
    EXPECT_EQ(client.connected(), !each.chosen.empty()) << each.ciphers << client.failure();
    if (!each.chosen.empty()) {
      EXPECT_EQ(client.cipher(), each.chosen);
      EXPECT_EQ(SSL_get_current_compression(client.ssl()), nullptr);
    } else if (each.version < TLS1_2_VERSION) {
      EXPECT_THAT(client.failure(), HasSubstr("alert protocol version"));
    } else {
      EXPECT_THAT(client.failure(), HasSubstr("alert handshake failure"));
    }
  }
  EXPECT_THAT(failures(6), ::testing::UnorderedElementsAre(
                               "no shared cipher", "no shared cipher", "no shared cipher",
                               "no shared cipher", "unsupported protocol", "unsupported protocol"));
}

TEST_F(TlsServerTest, AgreesOnAProtocol) {
  protocols_ = {"h2", "http/1.1"};
  start();
  const struct {
    std::vector<std::string> offered;
    bool connected;
    std::string chosen;
  } cases[] = {
      {{}, true, ""},
      {{"http/1.1"}, true, "http/1.1"},
      {{"http/1.1", "h2"}, true, "h2"},
      {{"spdy/3", "http/1.1"}, true, "http/1.1"},
      {{"smtp"}, false, ""},
  };
  for (const auto& each : cases) {
    TlsClient client(address(), {.protocols = each.offered});
    EXPECT_EQ(client.connected(), each.connected);
    EXPECT_EQ(client.protocol(), each.chosen);
  }
  EXPECT_EQ(failures(1).front(), "no application protocol");
}

TEST_F(TlsServerTest, OffersWhatThereIsASessionFor) {
  start();
  TlsClient client(address(), {.protocols = {"h2", "http/1.1"}});
  EXPECT_EQ(client.protocol(), kApplicationProtocols.front());
}

TEST_F(TlsServerTest, MuchGoesBothWays) {
  start();
  std::string content(std::size_t{16} << 20U, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 7 / 3);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client(address(), {.most_version = version});
    client.send(fmt::format("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
                            content.size()));
    client.send(content);
    const auto answer = client.read();
    ASSERT_TRUE(answer) << client.failure();
    EXPECT_TRUE(answer->body == content);
    EXPECT_EQ(get(client), "/x true");
  }
}

TEST_F(TlsServerTest, SendsFiles) {
  start();
  TlsClient client = connect();
  for (int i = 0; i < 2; ++i) {
    const std::string body = get(client, "/file");
    EXPECT_EQ(body.size(), testing::TlsTestHandler::kFileBytes - 1);
    EXPECT_TRUE(body.starts_with("bcdefg"));
  }
}

TEST_F(TlsServerTest, AHeadAndItsBodyAreOneRecord) {
  start();
  TlsClient client = connect();
  get(client);
  // What one call gives is what one record has.
  client.send("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::string record(TLSEXT_MAXLEN_host_name + 4096, '\0');
  const int count = SSL_read(client.ssl(), record.data(), static_cast<int>(record.size()));
  ASSERT_GT(count, 0);
  record.resize(static_cast<std::size_t>(count));
  EXPECT_THAT(record, AllOf(HasSubstr("HTTP/1.1 200 OK\r\n"), HasSubstr("\r\n\r\n/x true")));
}

TEST_F(TlsServerTest, SessionsAreResumedOnAnyWorkerAndUnderAnyName) {
  start({authority_.make("localhost"), authority_.make("shop", {.names = {"shop.example"}})});
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const char* name : {"localhost", "shop.example"}) {
      TlsClientOptions options = trusting(name);
      options.most_version = version;
      TlsClient first(address(), options);
      get(first);
      EXPECT_FALSE(first.resumed());
      testing::SslSessionPtr session = first.session();
      // The kernel spreads connections over both workers.
      for (int i = 0; i < 16; ++i) {
        options.session = session.get();
        TlsClient next(address(), options);
        EXPECT_TRUE(next.resumed()) << version << " " << name;
        EXPECT_EQ(get(next), "/x true");
        session = next.session();
      }
    }
  }
}

TEST_F(TlsServerTest, NewCertificatesAreForNewConnections) {
  start();
  TlsClient before = connect();
  get(before);
  EXPECT_EQ(before.certificate(), "localhost");
  const testing::SslSessionPtr session = before.session();

  server_->use(context({authority_.make("renewed")}));
  // Each worker takes it as soon as it comes to it.
  std::string now;
  while (now != "renewed") now = connect().certificate();
  for (int i = 0; i < 32; ++i) {
    TlsClient after = connect();
    now = after.certificate();
    EXPECT_EQ(get(after), "/x true");
  }
  EXPECT_EQ(now, "renewed");
  EXPECT_EQ(get(before), "/x true");
  TlsClientOptions options = trusting();
  options.session = session.get();
  EXPECT_TRUE(TlsClient(address(), options).resumed());
}

TEST_F(TlsServerTest, CertificatesChangeUnderLoad) {
  start();
  const std::vector<std::shared_ptr<const TlsContext>> contexts{context({authority_.make("one")}),
                                                                context({authority_.make("two")})};
  std::atomic<int> right{0};
  constexpr int kClients = 4;
  constexpr int kEach = 25;
  constexpr std::size_t kAll = std::size_t{kClients} * kEach;
  {
    std::vector<std::jthread> clients;
    for (int c = 0; c < kClients; ++c) {
      clients.emplace_back([&] {
        for (int i = 0; i < kEach; ++i) {
          TlsClient client = connect();
          if (get(client) == "/x true") ++right;
        }
      });
    }
    for (int i = 0; right + failures_.reasons().size() < kAll && i < 1000; ++i) {
      server_->use(contexts[static_cast<std::size_t>(i) % contexts.size()]);
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(right, kClients * kEach);
}

TEST_F(TlsServerTest, ListensForEverythingAtOnce) {
  const auto v6 = boost::asio::ip::address_v6::loopback();
  options_.addresses = {{boost::asio::ip::address_v4::loopback(), 0}};
  options_.secure.addresses.emplace_back(v6, 0);
  options_.secure.redirect_addresses = {{v6, 0}};
  start();
  HttpClient plain(server_->addresses().front());
  EXPECT_EQ(get(plain), "/x false");
  for (const Tcp::endpoint& each : server_->secure_addresses()) {
    TlsClient client(each, trusting());
    EXPECT_EQ(get(client), "/x true") << to_text(each);
  }
}

TEST_F(TlsServerTest, RedirectsToHttps) {
  options_.secure.redirect_addresses = {{boost::asio::ip::address_v4::loopback(), 0}};
  start();
  const Tcp::endpoint& plain = server_->redirect_addresses().front();
  const auto port = address().port();
  const struct {
    std::string request;
    std::string location;
  } cases[] = {
      {"GET /a?b HTTP/1.1\r\nHost: shop.example\r\n\r\n",
       fmt::format("https://shop.example:{}/a?b", port)},
      {"POST / HTTP/1.1\r\nHost: shop.example:80\r\nContent-Length: 2\r\n\r\nhi",
       fmt::format("https://shop.example:{}/", port)},
      {"GET http://other.example:8080/x HTTP/1.1\r\nHost: h\r\n\r\n",
       fmt::format("https://other.example:{}/x", port)},
      {"GET //evil.example/ HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
       fmt::format("https://[::1]:{}//evil.example/", port)},
      {"GET / HTTP/1.0\r\n\r\n", ""},
      {"GET / HTTP/1.1\r\nHost: user@shop.example\r\n\r\n", ""},
      {"OPTIONS * HTTP/1.1\r\nHost: shop.example\r\n\r\n", ""},
  };
  for (const auto& each : cases) {
    HttpClient client(plain);
    client.send(each.request);
    const auto answer = client.read();
    ASSERT_TRUE(answer) << each.request;
    if (each.location.empty()) {
      EXPECT_EQ(answer->status, 400) << each.request;
    } else {
      EXPECT_EQ(answer->status, 308) << each.request;
      EXPECT_THAT(answer->header, HasSubstr("\r\nLocation: " + each.location + "\r\n"));
    }
  }
  server_.reset();
  options_.secure.redirect_port = 443;
  start();
  HttpClient client(server_->redirect_addresses().front());
  client.send(cases[0].request);
  EXPECT_THAT(client.read()->header, HasSubstr("\r\nLocation: https://shop.example/a?b\r\n"));
}

TEST_F(TlsServerTest, StrictTransportSecurityIsForTlsOnly) {
  options_.addresses = {{boost::asio::ip::address_v4::loopback(), 0}};
  options_.secure.strict_transport_security = "max-age=1000";
  start();
  const auto header = [](HttpClient& client, std::string_view target) {
    client.send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", target));
    return client.read()->header;
  };
  TlsClient client = connect();
  EXPECT_THAT(header(client, "/x"), HasSubstr("\r\nStrict-Transport-Security: max-age=1000\r\n"));
  EXPECT_THAT(header(client, "/own-policy"),
              AllOf(HasSubstr("\r\nstrict-transport-security: max-age=1\r\n"),
                    Not(HasSubstr("max-age=1000"))));
  HttpClient plain(server_->addresses().front());
  EXPECT_THAT(header(plain, "/x"), Not(HasSubstr("max-age")));
}

TEST_F(TlsServerTest, DoesNotStartWithoutWhatItNeeds) {
  auto server = Server::start(options_, workers_, handler_, nullptr, log_);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("TLS needs a certificate"));
  options_.secure.redirect_addresses = options_.secure.addresses;
  options_.secure.addresses.clear();
  server = Server::start(options_, workers_, handler_, nullptr, log_);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("cannot redirect from 127.0.0.1:0 to https"));
}

// The heap only: what the kernel has for a socket comes in addition.
TEST_F(TlsServerTest, IdleConnectionsAreSmall) {
  const auto heap = [] { return ::mallinfo2().uordblks + ::mallinfo2().hblkhd; };
  if (heap() == 0) GTEST_SKIP() << "this allocator does not tell";
  constexpr std::size_t kConnections = 200;
  constexpr std::size_t kMostBytes = std::size_t{20} * 1024;
  options_.addresses = {{boost::asio::ip::address_v4::loopback(), 0}};
  const auto measure = [&](const auto& connect_one) {
    start();
    std::vector<std::unique_ptr<HttpClient>> clients;
    for (std::size_t i = 0; i < kConnections; ++i) {
      clients.push_back(connect_one());
      EXPECT_EQ(get(*clients.back(), "/file").size(), testing::TlsTestHandler::kFileBytes - 1);
    }
    // The clients' part stays when the server goes.
    const std::size_t with = heap();
    server_->stop(Duration::zero());
    const std::size_t bytes = (with - heap()) / kConnections;
    server_.reset();
    return bytes;
  };
  const std::size_t plain =
      measure([&] { return std::make_unique<HttpClient>(server_->addresses().front()); });
  const std::size_t tls =
      measure([&] { return std::make_unique<TlsClient>(address(), trusting()); });
  fmt::print("heap per idle connection: {} bytes, with TLS {}\n", plain, tls);
  EXPECT_LT(tls, kMostBytes);
}

}  // namespace
}  // namespace hermes::http

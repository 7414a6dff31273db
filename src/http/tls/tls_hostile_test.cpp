// The server over TLS, with clients that do not behave. Nothing sleeps: what is waited for is an
// answer, the end of a connection, or a counter.
#include "base/random.hpp"
#include "http/testing/tls_server_test_fixture.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>

namespace hermes::http {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using testing::HttpClient;
using testing::TlsClient;
using testing::TlsServerTest;
using namespace std::chrono_literals;

constexpr std::string_view kTookTooLong = "the client took too long";

/// What a client of TLS sends first.
std::string client_hello(std::string_view server_name) {
  const SslContextPtr context(SSL_CTX_new(TLS_client_method()));
  const SslPtr client(SSL_new(context.get()));
  SSL_set_tlsext_host_name(client.get(), std::string(server_name).c_str());
  BIO* const out = BIO_new(BIO_s_mem());
  SSL_set_bio(client.get(), BIO_new(BIO_s_mem()), out);
  SSL_set_connect_state(client.get());
  SSL_do_handshake(client.get());
  ERR_clear_error();
  std::string hello(4096, '\0');
  const int size = BIO_read(out, hello.data(), static_cast<int>(hello.size()));
  hello.resize(static_cast<std::size_t>(std::max(size, 0)));
  return hello;
}

class TlsHostileTest : public TlsServerTest {
 protected:
  /// Whoever came before: others are served.
  void expect_service() {
    TlsClient client = connect();
    EXPECT_EQ(get(client), "/x true") << client.failure();
  }
};

TEST_F(TlsHostileTest, APlainClientIsToldThatThisIsTls) {
  start();
  for (const char* request : {"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", "DELETE /x HTTP/1.0\r\n",
                              "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\r\n", "x"}) {
    HttpClient client(address());
    client.send(request);
    const auto answer = client.read();
    ASSERT_TRUE(answer) << request;
    EXPECT_EQ(answer->status, 400);
    EXPECT_THAT(answer->header,
                AllOf(HasSubstr("Content-Type: application/problem+json\r\n"),
                      HasSubstr("Connection: close\r\n"), HasSubstr("X-Request-Id: ")));
    EXPECT_THAT(answer->body, AllOf(HasSubstr("\"status\":400"), HasSubstr("this port speaks TLS"),
                                    HasSubstr("https://"), HasSubstr("\"request_id\":")));
    client.end_sending();
    EXPECT_TRUE(client.closed_without_a_word());
  }
  EXPECT_THAT(failures(5), Each("the client speaks HTTP without TLS"));
  // Much more than the answer is given for.
  HttpClient large(address());
  large.send("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" +
             std::string(100'000, 'x'));
  EXPECT_EQ(large.read()->status, 400);
  expect_service();
}

TEST_F(TlsHostileTest, ATlsClientIsToldThatThisIsPlain) {
  options_.addresses = {{boost::asio::ip::address_v4::loopback(), 0}};
  start();
  TlsClient client(server_->addresses().front(), {});
  EXPECT_FALSE(client.connected());
  EXPECT_THAT(client.failure(), HasSubstr("alert handshake failure"));
  EXPECT_EQ(failures(1).front(), "the client speaks TLS to a listener without it");
  HttpClient plain(server_->addresses().front());
  EXPECT_EQ(get(plain), "/x false");
}

TEST_F(TlsHostileTest, HandshakesHaveATime) {
  options_.limits.handshake_time = 400ms;
  start();
  const std::string hello = client_hello("localhost");
  HttpClient silent(address());
  HttpClient half(address());
  half.send(hello.substr(0, hello.size() / 2));
  HttpClient waiting(address());
  waiting.send(hello);
  HttpClient slow(address());
  // One byte at a time, for as long as the server takes it; more than the hello has is garbage.
  for (std::size_t i = 0; i + 1 < hello.size() && failures_.reasons().size() < 3; ++i) {
    if (!slow.send(hello.substr(i, 1))) break;
  }
  EXPECT_TRUE(silent.closed_without_a_word());
  EXPECT_TRUE(half.closed_without_a_word());
  EXPECT_FALSE(waiting.read_until_closed().empty());
  slow.read_until_closed();
  EXPECT_THAT(failures(4), Each(kTookTooLong));
  EXPECT_EQ(server_->counters().timed_out, 4U);
  expect_service();
}

TEST_F(TlsHostileTest, ClientsThatGoMidwayLeaveNothing) {
  start();
  const std::string hello = client_hello("localhost");
  SeededRandom random(SystemRandom().next());
  constexpr std::size_t kClients = 50;
  for (std::size_t i = 0; i < kClients; ++i) {
    HttpClient client(address());
    client.send(hello.substr(0, 1 + random.below(hello.size())));
    if (random.chance(1, 2)) client.end_sending();
  }
  failures(kClients);
  // Those are no failures: somebody looks whether the port is open.
  for (int i = 0; i < 5; ++i) HttpClient client(address());
  expect_service();
  while (server_->counters().open > 0) std::this_thread::yield();
  EXPECT_EQ(sum(&ListenerStats::handshakes_failed), kClients);
}

TEST_F(TlsHostileTest, GarbageIsRefused) {
  start();
  const std::uint64_t seed = SystemRandom().next();
  SeededRandom random(seed);
  const std::string hello = client_hello("localhost");
  for (int i = 0; i < 200; ++i) {
    std::string bytes = hello;
    if (i % 2 == 0) {
      bytes.resize(random.below(2000) + 1);
      for (char& each : bytes) each = static_cast<char>(random.next());
    } else {
      for (std::uint64_t flips = random.below(8) + 1; flips > 0; --flips) {
        bytes[random.below(bytes.size())] = static_cast<char>(random.next());
      }
    }
    HttpClient client(address());
    client.send(bytes);
    client.end_sending();
    client.read_until_closed();
  }
  EXPECT_EQ(sum(&ListenerStats::handshakes), 0U) << "seed " << seed;
  expect_service();
}

TEST_F(TlsHostileTest, AHugeHelloIsRefused) {
  start();
  HttpClient client(address());
  // A handshake message that claims 16 MiB, in records of 16 KiB each.
  constexpr std::size_t kRecord = 16'384;
  std::string record{"\x16\x03\x01\x40\x00", 5};
  record += std::string("\x01\xff\xff\xff", 4) + std::string(kRecord - 4, '\x01');
  for (int i = 0; i < 1024; ++i) {
    if (!client.send(record)) break;
  }
  EXPECT_EQ(failures(1).front(), "excessive message size");
  expect_service();
}

TEST_F(TlsHostileTest, RenegotiationIsRefused) {
  start();
  TlsClient client(address(), {.most_version = TLS1_2_VERSION});
  ASSERT_EQ(get(client), "/x true");
  SSL_set_options(client.ssl(), SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
  ASSERT_EQ(SSL_renegotiate(client.ssl()), 1);
  EXPECT_NE(SSL_do_handshake(client.ssl()), 1);
  ERR_clear_error();
  expect_service();
  EXPECT_EQ(sum(&ListenerStats::handshakes), 2U);
}

TEST_F(TlsHostileTest, ContentThatIsCutOffIsNotComplete) {
  start();
  for (const bool in_order : {true, false}) {
    for (const char* request :
         {"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nhello",
          "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
          "5\r\nhello\r\n"}) {
      TlsClient client = connect();
      client.send(request);
      if (in_order) {
        client.end_sending();
      } else {
        client.end_sending_raw();
      }
      EXPECT_TRUE(client.closed_without_a_word());
    }
  }
}

TEST_F(TlsHostileTest, AnAnswerThatIsCutOffIsNotComplete) {
  start();
  // Its end is that of the connection: only close_notify tells whether it is whole.
  TlsClient broken = connect();
  broken.send("GET /broken HTTP/1.0\r\n\r\n");
  EXPECT_THAT(broken.read_until_closed(), ::testing::EndsWith("\r\n\r\nfirstsecond"));
  EXPECT_FALSE(broken.ended_in_order());
  TlsClient chunked = connect();
  chunked.send("GET /broken HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_FALSE(chunked.read());
  EXPECT_FALSE(chunked.ended_in_order());
}

TEST_F(TlsHostileTest, WhoeverIsClosedIsToldSo) {
  options_.limits.idle_time = 300ms;
  start();
  TlsClient idle = connect();
  get(idle);
  EXPECT_TRUE(idle.closed_without_a_word());
  EXPECT_TRUE(idle.ended_in_order());
  TlsClient refused = connect();
  refused.send("GET\r\n\r\n");
  EXPECT_EQ(refused.read()->status, 400);
  EXPECT_TRUE(refused.closed_without_a_word());
  EXPECT_TRUE(refused.ended_in_order());
  options_.limits.idle_time = 60s;
  server_.reset();
  start();
  TlsClient draining = connect();
  get(draining);
  server_->stop(10s);
  EXPECT_TRUE(draining.closed_without_a_word());
  EXPECT_TRUE(draining.ended_in_order());
}

TEST_F(TlsHostileTest, AHandshakeDoesNotHoldUpTheEnd) {
  start();
  HttpClient half(address());
  half.send(client_hello("localhost").substr(0, 20));
  while (server_->counters().open == 0) std::this_thread::yield();
  EXPECT_EQ(server_->stop(60s), 0U);
}

TEST_F(TlsHostileTest, AClientThatDoesNotReadIsCutOff) {
  options_.limits.rate_grace = 300ms;
  options_.limits.min_bytes_per_second = 1U << 30U;
  start();
  TlsClient client = connect();
  const std::string content(std::size_t{8} << 20U, 'x');
  client.send(fmt::format("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
                          content.size()));
  client.send(content);
  while (server_->counters().open > 0) std::this_thread::yield();
  EXPECT_FALSE(client.read());
  EXPECT_FALSE(client.ended_in_order());
}

TEST_F(TlsHostileTest, TooManyConnectionsAreRefusedInTls) {
  options_.limits.max_connections = 1;
  start();
  TlsClient first = connect();
  get(first);
  TlsClient second = connect();
  EXPECT_FALSE(second.connected());
  EXPECT_THAT(second.failure(), HasSubstr("alert internal error"));
  EXPECT_EQ(get(first), "/x true");
}

TEST_F(TlsHostileTest, RequestsComeWholeHoweverRecordsAreCut) {
  start();
  TlsClient client = connect();
  const std::string request =
      "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello";
  for (const char each : request) client.send({&each, 1});
  EXPECT_EQ(client.read()->body, "hello");
  // Several requests in one record, and a record that ends within one.
  std::string many;
  for (int i = 0; i < 1000; ++i) many += request;
  client.send(many);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(client.read()->body, "hello");
}

TEST_F(TlsHostileTest, KeysMayChangeAtAnyTime) {
  start();
  TlsClient client = connect();
  for (int i = 0; i < 20; ++i) {
    ASSERT_EQ(SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED), 1);
    EXPECT_EQ(get(client, fmt::format("/{}", i)), fmt::format("/{} true", i));
  }
}

}  // namespace
}  // namespace hermes::http

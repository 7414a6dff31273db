// The metrics server with real connections on loopback. Nothing sleeps: what is waited for is an
// answer, or the end of a connection.
#include "engine/metrics/server.hpp"

#include "http/testing/http_client.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace hermes::engine {
namespace {

using http::testing::HttpAnswer;
using http::testing::HttpClient;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::string_view kGet = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

class MetricsServerTest : public ::testing::Test {
 protected:
  MetricsServerTest() { options_.address = {boost::asio::ip::address_v4::loopback(), 0}; }

  void start() {
    auto server =
        MetricsServer::start(options_, [this] { return fmt::format("text {}\n", ++asked_); }, log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  [[nodiscard]] HttpClient connect() const { return HttpClient(server_->address()); }

  /// What a client is answered that sends this.
  [[nodiscard]] HttpAnswer answer_to(const std::string& request) const {
    HttpClient client = connect();
    client.send(request);
    return client.read().value_or(HttpAnswer{});
  }

  SystemClock clock_;
  Log log_{{.format = LogFormat::kJson,
            .level = LogLevel::kError,
            .colour = {},
            .output = [](std::string_view) {}},
           clock_};
  MetricsServerOptions options_;
  std::atomic<int> asked_{0};
  std::unique_ptr<MetricsServer> server_;
};

TEST_F(MetricsServerTest, GivesTheTextAgainAndAgainOnOneConnection) {
  start();
  EXPECT_NE(server_->address().port(), 0);
  HttpClient client = connect();
  for (int i = 1; i <= 3; ++i) {
    ASSERT_TRUE(client.send(kGet));
    const auto answer = client.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, fmt::format("text {}\n", i));
    EXPECT_THAT(answer->header, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  }
  // Two requests at once are answered one after the other.
  ASSERT_TRUE(client.send(std::string(kGet) + std::string(kGet)));
  EXPECT_EQ(client.read()->body, "text 4\n");
  EXPECT_EQ(client.read()->body, "text 5\n");
}

bool machine_has_ipv6() {
  using boost::asio::ip::tcp;
  boost::asio::io_context io;
  tcp::acceptor probe(io);
  boost::system::error_code error;
  probe.open(tcp::v6(), error);
  if (!error) probe.bind({boost::asio::ip::address_v6::loopback(), 0}, error);
  return !error;
}

TEST_F(MetricsServerTest, ListensOnIpv6) {
  options_.address = {boost::asio::ip::address_v6::loopback(), 0};
  auto server = MetricsServer::start(options_, [] { return std::string("x"); }, log_);
  if (!server && !machine_has_ipv6()) GTEST_SKIP() << server.error().message;
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(http::testing::http_get((*server)->address(), "/metrics")->body, "x");
}

TEST_F(MetricsServerTest, AnswersHeadWithoutABody) {
  start();
  HttpClient client = connect();
  client.send("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  const auto answer = client.read(true);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->header, HasSubstr("Content-Length: 7"));
  client.send(kGet);
  EXPECT_EQ(client.read()->body, "text 2\n");
}

TEST_F(MetricsServerTest, ClosesWhenItIsAskedTo) {
  start();
  for (const std::string request :
       {"GET /metrics?x=y HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        "GET /metrics HTTP/1.0\r\n\r\n"}) {
    HttpClient client = connect();
    client.send(request);
    EXPECT_EQ(client.read()->status, 200) << request;
    EXPECT_TRUE(client.closed_without_a_word());
  }
}

TEST_F(MetricsServerTest, RefusesEverythingElse) {
  start();
  const struct {
    std::string request;
    int status;
  } cases[] = {
      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", 404},
      {"GET /metrics/ HTTP/1.1\r\nHost: x\r\n\r\n", 404},
      {"GET /metricsx HTTP/1.1\r\nHost: x\r\n\r\n", 404},
      {"GET http://x/metrics HTTP/1.1\r\nHost: x\r\n\r\n", 404},
      {"DELETE /other HTTP/1.1\r\nHost: x\r\n\r\n", 404},
      {"DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n", 405},
      {"WHAT /metrics HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 400},
      {"GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"GET /metrics HTTP/1.1\r\n\r\n", 400},
      {"GET /metrics HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", 400},
      {"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400},
      {"GET /metrics HTTP/1.1\r\nHost: x\r\nno field\r\n\r\n", 400},
      {"GET /metrics HTTP/2.0\r\nHost: x\r\n\r\n", 400},
      {"GET /metrics\r\n\r\n", 400},
      {"\x16\x03\x01\x02", 400},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
  };
  for (const auto& test : cases) {
    const HttpAnswer answer = answer_to(test.request);
    EXPECT_EQ(answer.status, test.status) << test.request << answer.header;
    EXPECT_THAT(answer.header, HasSubstr("Connection: close")) << test.request;
    EXPECT_EQ(answer.header.find("Allow: GET, HEAD") != std::string::npos, test.status == 405);
  }
  EXPECT_EQ(asked_, 0);
}

TEST_F(MetricsServerTest, RefusesAHeaderThatIsTooLarge) {
  start();
  const std::string padding(options_.max_header_bytes, 'x');
  for (const std::string& request :
       {"GET /metrics HTTP/1.1\r\nHost: x\r\nPadding: " + padding + "\r\n\r\n",
        "GET /" + padding + " HTTP/1.1\r\nHost: x\r\n\r\n",
        // Never ends.
        fmt::format("GET /metrics HTTP/1.1\r\nHost: x\r\nPadding: {0}{0}", padding)}) {
    EXPECT_EQ(answer_to(request).status, 431);
  }
  const std::string fits(options_.max_header_bytes - 100, 'x');
  EXPECT_EQ(answer_to("GET /metrics HTTP/1.1\r\nHost: x\r\nPadding: " + fits + "\r\n\r\n").status,
            200);
}

TEST_F(MetricsServerTest, ASlowClientIsCutOffAndHoldsUpNobody) {
  options_.timeout = 50ms;
  start();
  HttpClient silent = connect();
  HttpClient slow = connect();
  ASSERT_TRUE(slow.send("GET /metrics HTTP/1.1\r\nHo"));
  EXPECT_EQ(http::testing::http_get(server_->address(), "/metrics")->status, 200);
  EXPECT_TRUE(silent.closed_without_a_word());
  EXPECT_TRUE(slow.closed_without_a_word());
}

TEST_F(MetricsServerTest, ASlowClientThatNeverReadsIsCutOff) {
  options_.timeout = 50ms;
  std::string large(std::size_t{64} << 20, 'x');
  auto server = MetricsServer::start(options_, [&] { return large; }, log_);
  ASSERT_TRUE(server);
  HttpClient client((*server)->address());
  client.send(kGet);
  // Two connections that end by the same time limit, one after the other: by then that of the first
  // is over.
  for (int i = 0; i < 2; ++i) {
    HttpClient other((*server)->address());
    other.send("GET /other HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(other.read()->status, 404);
    EXPECT_TRUE(other.closed_without_a_word());
  }
  EXPECT_FALSE(client.read());
}

TEST_F(MetricsServerTest, MoreConnectionsThanAllowedAreToldSo) {
  options_.max_connections = 3;
  start();
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<HttpClient>(server_->address()));
    clients.back()->send(kGet);
    EXPECT_EQ(clients.back()->read()->status, 200);
  }
  // Nothing is sent, so that nothing is unread when the server closes.
  HttpClient refused = connect();
  const auto answer = refused.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "too many connections; come later");
  EXPECT_TRUE(refused.closed_without_a_word());
  // The others go on, and when one of them has left there is room again.
  clients[1]->send(kGet);
  EXPECT_EQ(clients[1]->read()->status, 200);
  clients[0]->send("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(clients[0]->read()->status, 200);
  clients[0].reset();
  std::optional<HttpAnswer> served;
  do {
    served = http::testing::http_get(server_->address(), "/metrics");
  } while (!served || served->status == 503);
  EXPECT_EQ(served->status, 200);
}

TEST_F(MetricsServerTest, EndsWhileClientsAreThere) {
  start();
  HttpClient idle = connect();
  HttpClient half = connect();
  half.send("GET /metr");
  server_.reset();
  EXPECT_TRUE(idle.closed_without_a_word());
  EXPECT_TRUE(half.closed_without_a_word());
}

TEST_F(MetricsServerTest, AnAddressThatIsTakenIsAnErrorThatNamesIt) {
  start();
  options_.address = server_->address();
  const auto second = MetricsServer::start(options_, [] { return std::string(); }, log_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message,
              HasSubstr("127.0.0.1:" + std::to_string(options_.address.port())));
}

}  // namespace
}  // namespace hermes::engine

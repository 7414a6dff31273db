// The client over HTTP/2, with the server of this project.
#include "http/client/client.hpp"
#include "http/client/testing/collecting_handler.hpp"
#include "http/testing/http2_fixture.hpp"
#include "http/testing/test_certificates.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace hermes::http {
namespace {

using testing::CollectingHandler;
using ::testing::HasSubstr;
using testing::Http2Handler;
using testing::numbered_lines;
using testing::request_to;
using testing::TestAuthority;

constexpr std::size_t kBytes = std::size_t{16} << 20;

/// Counts answers by the version of HTTP.
class Versions final : public AnswerObserver {
 public:
  void on_answered(const Answered& answered) override {
    std::atomic<int>& count = answered.request.version == 20 ? second : first;
    ++count;
    count.notify_all();
  }
  /// The server counts an answer once it is sent: a client may have it before.
  void wait_for_second(int count) const {
    for (int now = second; now < count; now = second) second.wait(now);
  }
  void on_handshake_failed(const Tcp::endpoint&, std::string_view) override {}
  std::atomic<int> first = 0;
  std::atomic<int> second = 0;
};

class ClientHttp2Test : public ::testing::Test {
 public:
  ClientHttp2Test() {
    workers_.start();
    std::vector<Certificate> certificates;
    certificates.push_back(
        std::move(*Certificate::read(authority_.make("localhost"), clock_.wall())));
    ServerOptions options;
    options.secure.addresses = {{boost::asio::ip::address_v4::loopback(), 0}};
    options.secure.context = *TlsContext::create(
        std::move(certificates), std::make_shared<TicketKeys>(clock_), kApplicationProtocols);
    auto server = Server::start(options, workers_, handler_, &versions_, log_);
    EXPECT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    const std::uint16_t port = server_->secure_addresses().front().port();
    url_ = fmt::format("https://localhost:{}", port);
    client_ = std::move(*Client::start({.extra_certificates = authority_.file(),
                                        .hosts = {fmt::format("localhost:{}:127.0.0.1", port)}}));
  }
  ~ClientHttp2Test() override {
    client_.reset();
    server_.reset();
    workers_.stop();
  }

 protected:
  std::shared_ptr<CollectingHandler> send(ClientRequest request, std::string body = {}) {
    return testing::exchange(*client_, std::move(request), std::move(body));
  }
  std::shared_ptr<CollectingHandler> get(std::string_view path) {
    return send(request_to(url_ + std::string(path)));
  }

  SystemClock clock_;
  Log log_{{.output = [](std::string_view) {}}, clock_};
  event::WorkerPool workers_{{.threads = 2}, clock_};
  TestAuthority authority_;
  Http2Handler handler_;
  Versions versions_;
  std::unique_ptr<Server> server_;
  std::string url_;
  std::unique_ptr<Client> client_;
};

TEST_F(ClientHttp2Test, AnswersAreAsTheyAreOneAfterTheOtherOnOneConnection) {
  const auto parts = get("/parts");
  EXPECT_EQ(parts->failure, ClientFailure::kNone);
  EXPECT_EQ(parts->content, "onetwo" + std::string(100'000, 'x'));
  EXPECT_EQ(parts->trailers, "x-sum: 7\n");
  EXPECT_THAT(parts->head, HasSubstr("x-path: /parts\n"));
  EXPECT_EQ(get("/empty")->status, 204);
  ClientRequest head = request_to(url_ + "/bytes");
  head.method = "HEAD";
  const auto headed = send(std::move(head));
  EXPECT_EQ(headed->status, 200);
  EXPECT_THAT(headed->head, HasSubstr("content-length: 10000\n"));
  EXPECT_EQ(headed->content, "");
  versions_.wait_for_second(3);
  EXPECT_EQ(versions_.second, 3);
  EXPECT_EQ(versions_.first, 0);
  EXPECT_EQ(server_->counters().accepted, 1);
}

TEST_F(ClientHttp2Test, WhatBreaksOffIsNotComplete) {
  const auto broken = get("/broken");
  EXPECT_NE(broken->failure, ClientFailure::kNone);
  EXPECT_NE(broken->failure, ClientFailure::kInternal);
  EXPECT_EQ(get("/bytes")->content.size(), 10'000);
}

TEST_F(ClientHttp2Test, LargeBodiesGoBothWays) {
  ClientRequest request = request_to(url_ + "/both");
  request.method = "POST";
  request.has_body = true;
  const std::string body = numbered_lines(kBytes);
  const auto answered = send(std::move(request), body);
  EXPECT_EQ(answered->failure, ClientFailure::kNone);
  EXPECT_TRUE(answered->content == body);
  versions_.wait_for_second(1);
  EXPECT_EQ(versions_.second, 1);
}

TEST_F(ClientHttp2Test, AHandlerWithoutRoomHoldsNobodyElseBack) {
  auto slow = std::make_shared<CollectingHandler>();
  slow->room = 100;
  const auto transfer = client_->send(request_to(url_ + "/large"), slow);
  slow->wait_until([&] { return slow->content.size() == 100; });
  EXPECT_TRUE(get("/large")->content == numbered_lines(kBytes));
  EXPECT_EQ(slow->content.size(), 100);
  slow->change([&] { slow->room = kBytes; });
  transfer->resume();
  slow->wait();
  EXPECT_EQ(slow->failure, ClientFailure::kNone);
  EXPECT_TRUE(slow->content == numbered_lines(kBytes));
}

}  // namespace
}  // namespace hermes::http

// Redirects of modules: a real gateway's end, and real servers behind it.
#include "runtime_extensions/http_gateway/redirect.hpp"

#include "base/clock.hpp"
#include "http/client/testing/scripted_server.hpp"
#include "http/server.hpp"
#include "http/testing/http_client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

using http::testing::HttpAnswer;
using http::testing::HttpClient;
using http::testing::Peer;
using http::testing::ScriptedServer;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;

/// Redirects every request to the URL in its query.
class RedirectingHandler final : public http::Handler {
 public:
  http::Awaitable<http::Response> handle(http::Request& request) override {
    std::string url(request.path_and_query.substr(request.path().size() + 1));
    request.application = "shop";
    const RedirectParts each = *parts;
    http::Response response = co_await follow_redirect(each, request, url);
    co_return response;
  }
  std::optional<RedirectParts> parts;
};

std::string answer(std::string_view content, std::string_view fields = "") {
  return fmt::format("HTTP/1.1 200 OK\r\n{}Content-Length: {}\r\n\r\n{}", fields, content.size(),
                     content);
}

/// Answers as the path says, and remembers the last head.
class Other {
 public:
  std::string head() {
    const std::lock_guard lock(mutex_);
    return head_;
  }

 private:
  void serve(Peer& peer) {
    for (;;) {
      const std::string head = peer.read_head();
      if (head.empty()) return;
      {
        const std::lock_guard lock(mutex_);
        head_ = head;
      }
      const std::size_t begin = head.find(' ') + 1;
      const std::string target = head.substr(begin, head.find(' ', begin) - begin);
      const std::string path = target.substr(0, target.find('?'));
      const std::string query = target.substr(std::min(path.size() + 1, target.size()));
      if (path == "/silent") {
        peer.wait_until_closed();
        return;
      }
      if (path == "/broken") {
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
        return;
      }
      if (path == "/endless") {
        const std::string part(65536, 'e');
        peer.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        while (peer.send(part)) endless_bytes += part.size();
        endless_ended.release();
        return;
      }
      peer.send(scripted(path, query));
    }
  }

  std::string scripted(const std::string& path, const std::string& query) {
    if (path == "/to")
      return "HTTP/1.1 302 Found\r\nLocation: " + query + "\r\nContent-Length: 5\r\n\r\nmoved";
    if (path == "/loop") return "HTTP/1.1 307 Loop\r\nLocation: /loop\r\nContent-Length: 0\r\n\r\n";
    if (path == "/fragment") {
      return "HTTP/1.1 308 Found\r\nLocation: y#z\r\nContent-Length: 0\r\n\r\n";
    }
    if (path == "/nowhere") return "HTTP/1.1 301 Moved\r\nContent-Length: 4\r\n\r\ngone";
    if (path == "/status") return "HTTP/1.1 " + query + " X\r\nContent-Length: 0\r\n\r\n";
    if (path == "/fields") {
      return answer("body",
                    "Connection: x-hop, keep-alive\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
                    "Set-Cookie: a=b\r\nStrict-Transport-Security: max-age=1\r\nX-Kept: 1\r\n"
                    "X-Kept: 2\r\nX-Request-Id: theirs\r\nContent-Encoding: gzip\r\n");
    }
    if (path == "/chunks") {
      return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: "
             "6\r\n\r\n";
    }
    if (path == "/large") return answer(std::string(std::size_t{16} << 20, 'l'));
    return answer("the answer to " + path);
  }

  std::mutex mutex_;
  std::string head_;

 public:
  std::atomic<std::uint64_t> endless_bytes = 0;
  std::counting_semaphore<> endless_ended{0};
  // Last: it uses the rest.
  ScriptedServer server{[this](Peer& peer) { serve(peer); }};
};

class RedirectTest : public ::testing::Test {
 public:
  RedirectTest() {
    workers_.start();
    config_.first_byte_time = 2s;
    config_.max_answer_bytes = 1'000'000'000;
  }
  ~RedirectTest() override {
    client_->stop_after(0s);
    server_.reset();
    client_.reset();
    workers_.stop();
  }

 protected:
  /// Rules for 127.0.0.1 and the ports of `other_`, and whatever is added.
  void start(std::vector<RedirectRule> rules = {}) {
    rules.push_back({.scheme = Scheme::kHttp,
                     .host = "127.0.0.1",
                     .port = other_.server.port(),
                     .private_addresses = PrivateAddresses::kGranted});
    rules_ = std::move(*RedirectRules::build(std::move(rules)));
    client_ = std::move(*http::Client::start({.hosts = config_.hosts}));
    handler_.parts.emplace(RedirectParts{*client_, config_, rules_, workers_, log_, counters_});
    http::ServerOptions options;
    options.addresses = {{boost::asio::ip::address_v4::loopback(), 0}};
    auto server = http::Server::start(options, workers_, handler_, nullptr, log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  [[nodiscard]] std::unique_ptr<HttpClient> ask(std::string_view url,
                                                std::string_view method = "GET",
                                                std::string_view fields = "") const {
    auto client = std::make_unique<HttpClient>(server_->addresses().front());
    client->send(fmt::format("{} /?{} HTTP/1.1\r\nHost: localhost\r\n{}\r\n", method, url, fields));
    return client;
  }
  [[nodiscard]] HttpAnswer get(std::string_view url, std::string_view fields = "") const {
    return ask(url, "GET", fields)->read().value_or(HttpAnswer{});
  }

  SystemClock clock_;
  Log log_{{.output = [](std::string_view) {}}, clock_};
  event::WorkerPool workers_{{.threads = 2}, clock_};
  Other other_;
  OutgoingConfig config_;
  RedirectRules rules_;
  std::unique_ptr<http::Client> client_;
  OutgoingCounters counters_;
  RedirectingHandler handler_;
  std::unique_ptr<http::Server> server_;
};

TEST_F(RedirectTest, TheAnswerIsHandedOnWithoutWhatBelongsToTheConnectionOrTheSite) {
  start();
  const HttpAnswer answer = get(other_.server.url("/fields"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "body");
  EXPECT_THAT(answer.header,
              AllOf(HasSubstr("x-kept: 1\r\nx-kept: 2\r\n"), HasSubstr("Content-Length: 4\r\n"),
                    HasSubstr("content-encoding: gzip"), Not(HasSubstr("x-hop")),
                    Not(HasSubstr("eep-alive")), Not(HasSubstr("cookie")),
                    Not(HasSubstr("strict-")), Not(HasSubstr("theirs"))));
  const HttpAnswer chunks = get(other_.server.url("/chunks"));
  EXPECT_EQ(chunks.body, "abc");
  EXPECT_EQ(chunks.trailers, "x-sum: 6\n");
  const HttpAnswer head = *ask(other_.server.url("/x"), "HEAD")->read(true);
  EXPECT_THAT(head.header, HasSubstr("Content-Length: 16"));
  EXPECT_THAT(other_.head(), StartsWith("HEAD /x "));
}

TEST_F(RedirectTest, TheOtherSideSeesWhatIsWantedAndNotWhoWantsIt) {
  start({{.scheme = Scheme::kHttp,
          .host = "127.0.0.1",
          .port = other_.server.port(),
          .path = "/trusted",
          .private_addresses = PrivateAddresses::kGranted,
          .credentials = Credentials::kForwarded}});
  const std::string_view fields =
      "Accept-Encoding: br\r\nRange: bytes=1-\r\nAuthorization: secret\r\nCookie: secret\r\n"
      "X-Secret: 1\r\nX-Request-Id: mine\r\n";
  EXPECT_EQ(get(other_.server.url("/a?b=c"), fields).status, 200);
  EXPECT_THAT(other_.head(),
              AllOf(StartsWith("GET /a?b=c HTTP/1.1\r\n"), HasSubstr("accept-encoding: br\r\n"),
                    HasSubstr("range: bytes=1-\r\n"), HasSubstr("x-request-id: mine\r\n"),
                    HasSubstr("traceparent: 00-"), Not(HasSubstr("secret"))));
  EXPECT_EQ(get(other_.server.url("/trusted/x"), fields).status, 200);
  EXPECT_THAT(other_.head(), AllOf(HasSubstr("authorization: secret"), HasSubstr("cookie: secret"),
                                   Not(HasSubstr("x-secret"))));
  // A hop beyond what is trusted does not get them.
  EXPECT_EQ(get(other_.server.url("/to?/trusted/x"), fields).status, 200);
  EXPECT_THAT(other_.head(), HasSubstr("cookie: secret"));
  EXPECT_EQ(get(other_.server.url("/to?/plain"), fields).status, 200);
  EXPECT_THAT(other_.head(), Not(HasSubstr("secret")));
}

TEST_F(RedirectTest, HopsAreFollowedAsFarAsTheyAreAllowed) {
  config_.hosts = {fmt::format("public.example:{}:127.0.0.1", other_.server.port())};
  start({{.scheme = Scheme::kHttp, .host = "public.example", .port = other_.server.port()}});
  ScriptedServer forbidden([](Peer& peer) {
    peer.read_head();
    peer.send(answer("forbidden"));
  });
  const std::string other = other_.server.url("");
  struct Case {
    std::string url;
    int status;
    const char* text;
  };
  const Case cases[] = {
      {other + "/plain", 200, "the answer to /plain"},
      {other + "/to?/plain", 200, "the answer to /plain"},
      {other + "/to?/to?/plain", 200, "the answer to /plain"},
      {other + "/a/../b", 502, "not allowed"},
      {other + "/to?plain", 200, "the answer to /plain"},
      {other + "/to?" + other + "/x", 200, "the answer to /x"},
      {other + "/fragment", 200, "the answer to /y"},
      {other + "/nowhere", 301, "gone"},
      {other + "/status?404", 404, ""},
      {other + "/status?999", 502, "no answer"},
      {other + "/loop", 502, "too many others"},
      {forbidden.url("/"), 502, "not allowed"},
      {other + "/to?" + forbidden.url("/"), 502, "leads to one that is not allowed"},
      {other + "/to?//127.0.0.2/", 502, "leads to one that is not allowed"},
      {other + "/to?http://user@127.0.0.1/", 502, "leads to one that is not allowed"},
      {other + "/to?http://2130706433/", 502, "leads to one that is not allowed"},
      {other + "/to?http://[::ffff:127.0.0.1]/", 502, "leads to one that is not allowed"},
      {other + "/to?http://169.254.169.254/latest/", 502, "leads to one that is not allowed"},
      {other + "/to?https://127.0.0.1/", 502, "leads to one that is not allowed"},
      {other + "/to?file:///etc/passwd", 502, "leads to one that is not allowed"},
      {other + "/to?gopher://127.0.0.1/", 502, "leads to one that is not allowed"},
      // The name is on the list, what it resolves to is not.
      {fmt::format("http://public.example:{}/", other_.server.port()), 502,
       "no address that may be connected to"},
      {fmt::format("{}/to?http://public.example:{}/", other, other_.server.port()), 502,
       "no address that may be connected to"},
      {"http://nobody.example/", 502, "not allowed"},
      {"file:///etc/passwd", 502, "not allowed"},
  };
  for (const Case& each : cases) {
    const HttpAnswer answer = get(each.url);
    EXPECT_EQ(answer.status, each.status) << each.url << "\n" << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(each.text)) << each.url;
  }
  EXPECT_EQ(forbidden.connections(), 0);
  const OutgoingCounts counts = counters_.read();
  EXPECT_EQ(counts[0], (std::array<std::uint64_t, 3>{}));
  // Each hop counts: of a loop, one more than may be followed.
  EXPECT_EQ(counts[1], (std::array<std::uint64_t, 3>{36, 13, 2}));
}

TEST_F(RedirectTest, WhatGoesWrongIsSaid) {
  config_.first_byte_time = 200ms;
  std::uint16_t closed = 0;
  {
    ScriptedServer gone([](Peer&) {});
    closed = gone.port();
  }
  start({{.scheme = Scheme::kHttp,
          .host = "127.0.0.1",
          .port = closed,
          .private_addresses = PrivateAddresses::kGranted},
         {.scheme = Scheme::kHttp, .host = "name.invalid"}});
  EXPECT_EQ(get(other_.server.url("/silent")).status, 504);
  EXPECT_EQ(get(fmt::format("http://127.0.0.1:{}/", closed)).status, 502);
  EXPECT_THAT(get("http://name.invalid/").body, HasSubstr("cannot be resolved"));
  const auto broken = ask(other_.server.url("/broken"));
  EXPECT_THAT(broken->read_until_closed(), AllOf(StartsWith("HTTP/1.1 200"), EndsWith("half")));
}

TEST_F(RedirectTest, LargeAnswersPassThroughAWindow) {
  start();
  const HttpAnswer answer = get(other_.server.url("/large"));
  EXPECT_EQ(answer.body.size(), std::size_t{16} << 20);
  EXPECT_TRUE(answer.body == std::string(std::size_t{16} << 20, 'l'));
}

TEST_F(RedirectTest, AClientThatVanishesEndsTheRequest) {
  config_.first_byte_time = 1h;
  start();
  {
    const auto client = ask(other_.server.url("/endless"));
    while (other_.endless_bytes == 0) std::this_thread::yield();
  }
  other_.endless_ended.acquire();
  {
    const auto client = ask(other_.server.url("/silent"));
    while (client_->counters().running == 0) std::this_thread::yield();
  }
  // Long before the other side is too late.
  while (client_->counters().running > 0) std::this_thread::yield();
  EXPECT_LT(other_.endless_bytes, 1'000'000'000) << "it was held back";
}

TEST_F(RedirectTest, StoppingDoesNotWaitForTheOtherSide) {
  config_.first_byte_time = 1h;
  start();
  const auto client = ask(other_.server.url("/silent"));
  while (client_->counters().running == 0) std::this_thread::yield();
  client_->stop_after(10ms);
  server_->stop(1h);
  EXPECT_EQ(client->read()->status, 502);
}

}  // namespace
}  // namespace hermes::ext::http_gateway

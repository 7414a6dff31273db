// Requests that components send: the guest http-rust, the client, and servers of every kind.
#include "runtime_extensions/http_gateway/outgoing_requests.hpp"

#include "http/client/testing/scripted_server.hpp"
#include "wasm/testing/http_guest_run.hpp"
#include "wasm/wasi_view.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

using http::testing::Peer;
using http::testing::ScriptedServer;
using http::testing::Shared;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using wasm::testing::HttpGuestTest;
using wasm::testing::pattern_at;

RedirectRule rule_for(const ScriptedServer& server, std::string path = "/") {
  return {.scheme = Scheme::kHttp,
          .host = "127.0.0.1",
          .port = server.port(),
          .path = std::move(path),
          .private_addresses = PrivateAddresses::kGranted};
}

class OutgoingRequestsTest : public HttpGuestTest {
 protected:
  void allow(std::vector<RedirectRule> rules, const OutgoingBounds& bounds = {},
             const http::ClientOptions& options = {}) {
    rules_ = std::move(*RedirectRules::build(std::move(rules)));
    sending_ = std::move(*http::Client::start(options));
    requests_.emplace("shop", *sending_, config_, rules_, bounds, log_, counters_);
    view_ = std::move(*wasm::WasiView::create());
    const auto set = view_->set_http_sender(
        *requests_,
        {.requests_per_call = static_cast<std::uint32_t>(bounds.max_requests_per_call)});
    ASSERT_TRUE(set) << set.error().message;
    wasi_ = &*view_;
  }
  /// What the guest answers to one of its own paths, in a call of its own.
  std::string ask(std::string path, std::uint64_t body_bytes = 0) {
    call_->close();
    ended_ = false;
    return serve({.method = "POST", .path = std::move(path), .body_bytes = body_bytes}).body;
  }
  void wait_until_none_runs() {
    while (requests_->running() > 0) std::this_thread::yield();
  }
  void TearDown() override {
    HttpGuestTest::TearDown();
    sending_.reset();
  }

  SystemClock clock_;
  Log log_{{.output = [](std::string_view) {}}, clock_};
  OutgoingConfig config_;
  RedirectRules rules_;
  std::unique_ptr<http::Client> sending_;
  std::shared_ptr<OutgoingCounters> counters_ = std::make_shared<OutgoingCounters>();
  std::optional<OutgoingRequests> requests_;
  std::optional<wasm::WasiView> view_;
};

TEST_F(OutgoingRequestsTest, AnAnswerReachesTheGuest) {
  Shared<std::string> head;
  ScriptedServer server([&](Peer& peer) {
    head.set(peer.read_head());
    peer.send(
        "HTTP/1.1 418 Teapot\r\nX-One: 1\r\nx-one: 2\r\nTransfer-Encoding: chunked\r\n"
        "Connection: keep-alive\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 7\r\n\r\n");
    peer.wait_until_closed();
  });
  allow({rule_for(server)});
  const std::string text = ask("/send?" + server.url("/path?query=%20") + "|x-own=value");
  EXPECT_EQ(text, "status 418\nx-one: 1\nx-one: 2\n5 bytes, sum 532: hello\ntrailer x-sum: 7\n");
  EXPECT_EQ(head.get(), fmt::format("GET /path?query=%20 HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n"
                                    "x-own: value\r\n\r\n",
                                    server.port()));
  wait_until_none_runs();
}

TEST_F(OutgoingRequestsTest, WhatIsNotAllowedIsAnError) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\n\r\n");
  });
  ScriptedServer other([](Peer&) {});
  ScriptedServer without_tls([](Peer& peer) { peer.send("HTTP/1.1 400 Bad Request\r\n\r\n"); });
  std::uint16_t closed = 0;
  {
    ScriptedServer gone([](Peer&) {});
    closed = gone.port();
  }
  RedirectRule nobody = rule_for(server);
  nobody.port = closed;
  allow({rule_for(server, "/open"),
         nobody,
         {.scheme = Scheme::kHttp, .host = "localhost", .port = server.port()},
         {.scheme = Scheme::kHttp, .host = "name.invalid"},
         {.scheme = Scheme::kHttps,
          .host = "127.0.0.1",
          .port = without_tls.port(),
          .private_addresses = PrivateAddresses::kGranted}});
  const std::string open = server.url("/open");
  const std::pair<std::string, const char*> cases[] = {
      {open, "status 302\nlocation: http://elsewhere.example/"},
      {open + "/below", "status 302"},
      {server.url("/"), "ErrorCode::HttpRequestDenied"},
      {server.url("/opener"), "ErrorCode::HttpRequestDenied"},
      {other.url("/open"), "ErrorCode::HttpRequestDenied"},
      {"http://example.com/open", "ErrorCode::HttpRequestDenied"},
      {"http://169.254.169.254/", "ErrorCode::HttpRequestDenied"},
      {open + "/../secret", "ErrorCode::HttpRequestUriInvalid"},
      {open + "/..%2fsecret", "ErrorCode::HttpRequestUriInvalid"},
      {fmt::format("http://user@127.0.0.1:{}/open", server.port()),
       "ErrorCode::HttpRequestUriInvalid"},
      {open + "|method=CONNECT", "ErrorCode::HttpRequestMethodInvalid"},
      {fmt::format("http://localhost:{}/open", server.port()),
       "ErrorCode::DestinationIpProhibited"},
      {fmt::format("http://127.0.0.1:{}/", closed), "ErrorCode::ConnectionRefused"},
      {"http://name.invalid/", "ErrorCode::DnsError"},
      {fmt::format("https://127.0.0.1:{}/", without_tls.port()), "ErrorCode::TlsProtocolError"},
  };
  for (const auto& [arguments, outcome] : cases) {
    EXPECT_THAT(ask("/send?" + arguments), HasSubstr(outcome)) << arguments;
  }
  EXPECT_EQ(other.connections(), 0);
  // Two answers, nine that are not allowed, and the rest.
  EXPECT_EQ(counters_->read()[0], (std::array<std::uint64_t, 3>{2, 9, 4}));
}

TEST_F(OutgoingRequestsTest, ServersThatFailAreErrors) {
  struct Case {
    std::string sends;
    bool closes = false;
    const char* outcome = nullptr;
  };
  Shared<Case> now;
  ScriptedServer server([&](Peer& peer) {
    peer.read_head();
    const Case each = now.get();
    peer.send(each.sends);
    if (!each.closes) peer.wait_until_closed();
  });
  config_.max_answer_bytes = 1000;
  allow({rule_for(server)});
  const Case cases[] = {
      {"", false, "ErrorCode::ConnectionReadTimeout"},
      {"", true, "ErrorCode::ConnectionTerminated"},
      {"no HTTP\r\n\r\n", true, "ErrorCode::HttpProtocolError"},
      {"HTTP/1.1 200 OK\r\nX: " + std::string(110'000, 'x'), false,
       "ErrorCode::HttpResponseHeaderSectionSize"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n", false, "ErrorCode::HttpResponseBodySize"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", true,
       "4 bytes, sum 411: half\nbroken: incomplete HTTP response"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", false,
       "4 bytes, sum 411: half\nbroken: connection read timeout"},
      {"HTTP/1.1 200 OK\r\n\r\n" + std::string(1001, 'x'), false,
       "broken: HTTP response body size exceeds limit"},
  };
  for (const Case& each : cases) {
    now.set(each);
    EXPECT_THAT(ask("/send?" + server.url("/") + "|first-byte=200|between-bytes=200"),
                HasSubstr(each.outcome))
        << each.sends.substr(0, 100);
  }
  // What breaks off has been answered.
  wait_until_none_runs();
  EXPECT_EQ(counters_->read()[0], (std::array<std::uint64_t, 3>{3, 0, 5}));
}

TEST_F(OutgoingRequestsTest, LargeBodiesGoBothWays) {
  constexpr std::size_t kBytes = std::size_t{16} << 20;
  std::string expected(kBytes, '\0');
  for (std::size_t i = 0; i < kBytes; ++i) expected[i] = static_cast<char>(pattern_at(i));
  std::uint64_t sum = 0;
  for (const char each : expected) sum += static_cast<unsigned char>(each);
  Shared<bool> same;
  Shared<std::string> trailers;
  ScriptedServer server([&](Peer& peer) {
    peer.read_head();
    std::string fields;
    const std::string body = peer.read_chunks(&fields);
    same.set(body == expected);
    trailers.set(fields);
    peer.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.size()));
    peer.send(body);
  });
  allow({rule_for(server)});
  EXPECT_THAT(ask("/send-body?" + server.url("/") + "|method=PUT", kBytes),
              AllOf(StartsWith("Ok(()) status 200\n"),
                    HasSubstr(fmt::format("{} bytes, sum {}: ", kBytes, sum))));
  EXPECT_TRUE(same.get());
  EXPECT_EQ(trailers.get(), "x-end: yes\n");
}

TEST_F(OutgoingRequestsTest, ABodyThatIsGivenUpIsNotComplete) {
  std::binary_semaphore ended(0);
  std::string seen;
  ScriptedServer server([&](Peer& peer) {
    peer.read_head();
    while (true) {
      const std::string part = peer.read(1);
      if (part.empty()) break;
      seen += part;
    }
    ended.release();
  });
  allow({rule_for(server)});
  EXPECT_THAT(ask("/send-half?" + server.url("/") + "|method=POST"),
              HasSubstr("ErrorCode::HttpProtocolError"));
  ended.acquire();
  EXPECT_THAT(seen, Not(HasSubstr("0\r\n\r\n")));
}

TEST_F(OutgoingRequestsTest, WhatAGuestDropsIsCancelled) {
  std::counting_semaphore<> closed(0);
  ScriptedServer server([&](Peer& peer) {
    const bool silent = peer.read_head().starts_with("GET /silent");
    if (!silent) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\nhalf");
    peer.wait_until_closed();
    closed.release();
  });
  allow({rule_for(server)});
  EXPECT_EQ(ask("/send-and-look?" + server.url("/")), "Ok(200)\n");
  closed.acquire();
  // Perhaps before a connection was made.
  EXPECT_EQ(ask("/send-and-forget?" + server.url("/silent")), "forgotten\n");
  wait_until_none_runs();
}

TEST_F(OutgoingRequestsTest, TheEndOfACallEndsItsRequests) {
  std::binary_semaphore asked(0);
  std::binary_semaphore closed(0);
  ScriptedServer server([&](Peer& peer) {
    peer.read_head();
    asked.release();
    peer.wait_until_closed();
    closed.release();
  });
  allow({rule_for(server)});
  begin({.path = "/send?" + server.url("/")});
  // As long as nothing comes, the call waits, and keeps nobody.
  while (poll()) {
  }
  asked.acquire();
  EXPECT_FALSE(ended_);
  EXPECT_EQ(requests_->running(), 1);
  call_->cancel();
  while (!ended_) {
    if (!poll()) signal_->wait();
  }
  closed.acquire();
  wait_until_none_runs();
}

TEST_F(OutgoingRequestsTest, ThereAreBoundsOnHowMany) {
  ScriptedServer server([](Peer& peer) { peer.wait_until_closed(); });
  allow({rule_for(server)}, {.max_requests = 64, .max_requests_per_call = 16});
  const std::string path = "/send-many?1000|" + server.url("/") + "|first-byte=1000";
  EXPECT_EQ(ask(path),
            "{\"ErrorCode::ConnectionLimitReached\": 984, \"ErrorCode::ConnectionReadTimeout\": "
            "16}\n");
  EXPECT_LE(server.connections(), 16);
  wait_until_none_runs();
  // The others did not come so far.
  EXPECT_EQ(counters_->read()[0], (std::array<std::uint64_t, 3>{0, 0, 16}));
}

TEST_F(OutgoingRequestsTest, AnApplicationHasABoundOfItsOwn) {
  ScriptedServer server([](Peer& peer) { peer.wait_until_closed(); });
  allow({rule_for(server)}, {.max_requests = 3, .max_requests_per_call = 16});
  EXPECT_EQ(ask("/send-many?10|" + server.url("/") + "|first-byte=500"),
            "{\"ErrorCode::ConnectionLimitReached\": 7, \"ErrorCode::ConnectionReadTimeout\": "
            "3}\n");
}

}  // namespace
}  // namespace hermes::ext::http_gateway

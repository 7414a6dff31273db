// hermes playground --http with components that export wasi:http and know nothing of Hermes.
#include "http_program.hpp"
#include "process.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace hermes::tests {
namespace {

using http::testing::HttpAnswer;
using http::testing::HttpClient;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kAlone = R"(
[server]
listen = ["127.0.0.1:0"]
default-application = "shop"

[limits]
max_body_bytes = 100000000
rate_grace_ms = 300
)";

constexpr std::string_view kBoth = R"(
[server]
listen = ["127.0.0.1:0"]
default-application = "shop"

[applications.shop]
www = "www"

[[applications.shop.endpoints]]
id = "described"
module = "http-rust"
path = '/request'

[[applications.shop.auth]]
path = '/done'
level = "required"
)";

class WasiHttpTest : public HttpProgram {
 protected:
  void start(const std::vector<std::string>& more = {}) {
    HttpProgram::start({guest("http-rust")}, kAlone, more);
  }

  /// Stops the program, which must find nothing that it has to cut off.
  void stop_clean() {
    process_->send(SIGTERM);
    const ProcessEnd end = process_->wait();
    EXPECT_EQ(end.status, 0);
    EXPECT_EQ(count(end.err, "before everything was finished"), 0U);
    EXPECT_EQ(count(end.err, "whoever asked for it is gone"), 0U) << "no news for operators";
  }
};

TEST_F(WasiHttpTest, AWholeAnswerHasALength) {
  start();
  HttpClient client = connect();
  for (int i = 0; i < 100; ++i) {
    client.send("GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto answer = client.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, "hello\n");
    EXPECT_THAT(answer->header, AllOf(HasSubstr("Content-Length: 6"), HasSubstr("X-Request-Id: "),
                                      HasSubstr("content-type: text/plain")));
  }
  EXPECT_EQ(ask("GET", "/nothing").status, 404);
  EXPECT_THAT(ask("HEAD", "/hello").header, AllOf(HasSubstr("200"), HasSubstr("Length: 6")));
}

TEST_F(WasiHttpTest, TheGuestSeesTheRequestAsItWasSent) {
  start();
  const HttpAnswer answer =
      ask("PATCH", "/request?a=%20b&c", "X-One: 1\r\nx-one: 2\r\nConnection: x-gone\r\n", "",
          "shop.localhost:81");
  EXPECT_THAT(answer.body, AllOf(HasSubstr("Patch"), HasSubstr("shop.localhost:81"),
                                 HasSubstr("\"/request?a=%20b&c\""),
                                 HasSubstr("x-one: 1\nx-one: 2\n"), Not(HasSubstr("connection"))));
}

TEST_F(WasiHttpTest, BothBodiesAreStreamedAtOnce) {
  start();
  constexpr std::size_t kBytes = std::size_t{16} << 20U;
  const std::string content = pattern(kBytes);
  HttpClient client = connect();
  for (const bool chunked : {false, true}) {
    std::jthread sender([&] {
      std::string head = "POST /echo HTTP/1.1\r\nHost: localhost\r\n";
      if (!chunked) {
        client.send(head + fmt::format("Content-Length: {}\r\n\r\n", kBytes));
        client.send(content);
        return;
      }
      client.send(head + "Transfer-Encoding: chunked\r\n\r\n");
      constexpr std::size_t kChunk = 100'000;
      for (std::size_t at = 0; at < kBytes; at += kChunk) {
        const std::string_view part = std::string_view(content).substr(at, kChunk);
        client.send(fmt::format("{:x}\r\n", part.size()));
        client.send(part);
        client.send("\r\n");
      }
      client.send("0\r\nX-Sum: 42\r\n\r\n");
    });
    const auto answer = client.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_TRUE(answer->body == content) << answer->body.size();
    if (chunked) {
      EXPECT_THAT(answer->trailers, HasSubstr("x-sum: 42"));
    }
  }
  stop_clean();
}

TEST_F(WasiHttpTest, ChunksArriveWhenTheyAreWritten) {
  start();
  const HttpAnswer answer = ask("GET", "/ticks?20");
  EXPECT_THAT(answer.header, HasSubstr("Transfer-Encoding: chunked"));
  EXPECT_THAT(answer.body, AllOf(HasSubstr("data: 0\n\n"), HasSubstr("data: 19\n\n")));
}

TEST_F(WasiHttpTest, HowAGuestFails) {
  // As long as a sanitizer may need for the others.
  start({"--deadline-ms", "2000"});
  struct Case {
    const char* target;
    int status;
    /// Of the content, as far as it came; null: the connection broke off within it.
    const char* body;
  };
  const Case cases[] = {
      {"/trap-before", 502, "has failed"},
      {"/silent", 502, "has failed"},
      {"/error", 502, "answered with an error"},
      {"/loop", 504, "took longer"},
      {"/forbidden-field", 200, "Err"},
      {"/trap-finished", 200, "complete"},
      {"/unfinished", 200, "all of it"},
      {"/large-field?10000", 200, ""},
      {"/ignore", 200, "not read\n"},
      {"/send?http://example.org/", 200, "HttpRequestDenied"},
  };
  for (const Case& each : cases) {
    const HttpAnswer answer = ask("GET", each.target);
    EXPECT_EQ(answer.status, each.status) << each.target;
    EXPECT_THAT(answer.body, HasSubstr(each.body)) << each.target;
  }
  // What has begun is broken off, or never was sent.
  for (const char* target : {"/trap-after", "/give-up", "/too-short"}) {
    const HttpAnswer answer = ask("GET", target);
    EXPECT_THAT(answer.status, ::testing::AnyOf(0, 502)) << target;
  }
  EXPECT_EQ(ask("GET", "/hello").body, "hello\n") << "and the next one is served";
}

TEST_F(WasiHttpTest, ContentThatTheGuestDoesNotReadIsNoHarm) {
  start();
  HttpClient client = connect();
  for (int i = 0; i < 3; ++i) {
    const std::string content = pattern(60'000);
    client.send(fmt::format(
        "POST /ignore HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", content.size()));
    client.send(content);
    const auto answer = client.read();
    ASSERT_TRUE(answer) << i;
    EXPECT_EQ(answer->body, "not read\n");
  }
}

TEST_F(WasiHttpTest, AClientThatWaitsIsInvited) {
  start();
  HttpClient client = connect();
  client.send(
      "POST /count HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
      "Content-Length: 5\r\n\r\n");
  EXPECT_EQ(client.read()->status, 100);
  client.send("12345");
  EXPECT_THAT(client.read()->body, HasSubstr("5 Ok"));
}

TEST_F(WasiHttpTest, GuestsOfClientsThatVanishAreStopped) {
  // What is not stopped is still there when the program stops, and is cut off then.
  start({"--deadline-ms", "600000"});
  for (const char* request : {
           "GET /ticks?100000000 HTTP/1.1\r\nHost: localhost\r\n\r\n",
           "GET /flood HTTP/1.1\r\nHost: localhost\r\n\r\n",
           "GET /loop HTTP/1.1\r\nHost: localhost\r\n\r\n",
           "POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf",
           "POST /echo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc",
       }) {
    HttpClient client = connect();
    client.send(request);
  }
  EXPECT_EQ(ask("GET", "/hello").body, "hello\n");
  stop_clean();
}

TEST_F(WasiHttpTest, ClientsThatAreTooSlowAreCutOff) {
  start({"--deadline-ms", "600000"});
  HttpClient sends_nothing = connect();
  sends_nothing.send("POST /count HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf");
  HttpClient reads_nothing = connect();
  reads_nothing.send("GET /flood HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(sends_nothing.read()->status, 408);
  stop_clean();
}

TEST_F(WasiHttpTest, BothKindsOfModulesAndFilesShareAnApplication) {
  std::filesystem::create_directory(directory_ / "www");
  directory_.write("www/index.html", "<p>index</p>");
  HttpProgram::start({guest("reply"), guest("http-rust")}, kBoth);
  EXPECT_EQ(ask("GET", "/api/calls").body, "1") << "reply has /api";
  EXPECT_EQ(ask("GET", "/").body, "<p>index</p>") << "files come first";
  EXPECT_EQ(ask("GET", "/hello").body, "hello\n") << "what is no file goes to wasi:http";
  EXPECT_EQ(ask("POST", "/echo", "", "content").body, "content");
  EXPECT_THAT(ask("DELETE", "/request").body, HasSubstr("Delete")) << "by its endpoint";
  EXPECT_EQ(ask("GET", "/done").status, 401) << "and who may is asked before";
}

}  // namespace
}  // namespace hermes::tests

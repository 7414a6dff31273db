// hermes playground --http: a running program with real components, and clients of every kind.
#include "http/client/testing/scripted_server.hpp"
#include "http/testing/http_client.hpp"
#include "http_program.hpp"
#include "process.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace hermes::tests {
namespace {

using http::testing::HttpAnswer;
using http::testing::HttpClient;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kConfig = R"(
[server]
listen = ["127.0.0.1:0"]
default-application = "shop"

[limits]
max_body_bytes = 3000000
header_time_ms = 300

[applications.shop]
www = "www"
spa = "app.html"

[[applications.shop.endpoints]]
id = "one"
module = "reply"
path = '/endpoint'
methods = ["GET"]

[[applications.shop.auth]]
path = '/api/private/.*'
level = "required"

[[applications.shop.auth]]
path = '/api/half/.*'
level = "optional"
)";

/// The program with an application "shop" of the component `reply`, and files.
class HttpTest : public HttpProgram {
 public:
  HttpTest() {
    std::filesystem::create_directory(directory_ / "www");
    directory_.write("www/index.html", "<p>index</p>");
    directory_.write("www/app.html", "<p>app</p>");
    directory_.write("www/data.txt", "0123456789");
    directory_.write("secret", "secret");
    std::filesystem::create_symlink("../secret", directory_ / "www/link");
  }

 protected:
  void start(const std::vector<std::string>& more = {}) {
    HttpProgram::start({guest("reply")}, std::string(kConfig) + more_config_, more);
  }

  /// At the end of the file.
  std::string more_config_;
};

TEST_F(HttpTest, AModuleGetsTheWholeRequest) {
  start();
  const HttpAnswer answer =
      ask("POST", "/api/echo?a=%20b",
          "X-One: 1\r\nx-TWO: \xff\r\nX-One: again\r\nX-Request-Id: mine\r\n", "the content");
  EXPECT_EQ(answer.status, 200);
  EXPECT_THAT(answer.header, AllOf(HasSubstr("content-type: text/plain; charset=utf-8"),
                                   HasSubstr("X-Request-Id: mine")));
  EXPECT_THAT(answer.body, StartsWith("POST /api/echo?a=%20b\n"));
  EXPECT_THAT(answer.body,
              AllOf(HasSubstr("host: 127.0.0.1\nx-one: 1\nx-one: again\nx-two: \xef\xbf\xbd\n"),
                    HasSubstr("\nx-request-id: mine\ntraceparent: 00-"),
                    ::testing::EndsWith("\n\nthe content")));
}

TEST_F(HttpTest, HostNamesFindTheApplication) {
  start();
  for (const auto& [host, status] : std::initializer_list<std::pair<const char*, int>>{
           {"shop.localhost", 200},
           {"SHOP.hermes.local:8080", 200},
           {"localhost", 200},
           {"[::1]", 200},
           {"other.localhost", 404},
           {"example.org", 404},
           {"a b", 400},
           {"", 400},
           {"user@shop.localhost", 400},
       }) {
    EXPECT_EQ(ask("GET", "/api/echo", "", "", host).status, status) << host;
  }
}

TEST_F(HttpTest, EachRequestHasAFreshInstanceAndItsOwnAnswer) {
  start();
  HttpClient client = connect();
  for (int i = 0; i < 100; ++i) {
    client.send(
        fmt::format("GET /api/calls HTTP/1.1\r\nHost: localhost\r\n\r\n"
                    "POST /api/body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\n\r\n"
                    "{:03}",
                    i));
    EXPECT_EQ(client.read()->body, "1");
    EXPECT_EQ(client.read()->body, fmt::format("{:03}", i));
  }
}

TEST_F(HttpTest, EveryOutcomeIsAnAnswer) {
  start({"--deadline-ms", "100"});
  for (const auto& [target, status] : std::initializer_list<std::pair<const char*, int>>{
           {"/api/unknown", 404},
           {"/api/trap", 502},
           {"/api/loop", 504},
           {"/api/bad-header", 502},
           {"/api/status?199", 502},
           {"/api/status?600", 502},
           {"/api/status?418", 418},
           {"/api/status?204", 204},
           {"/api/redirect?https://example.org/", 502},
           {"/api/redirect?file:///etc/passwd", 502},
           {"/endpoint", 200},
       }) {
    const HttpAnswer answer = ask("GET", target);
    EXPECT_EQ(answer.status, status) << target;
    if (status >= 500) {
      EXPECT_THAT(answer.header, HasSubstr("application/problem+json")) << target;
    }
  }
  EXPECT_EQ(ask("GET", "/api/calls").body, "1") << "and the next one is served";
}

TEST_F(HttpTest, RedirectsOfModulesAreFollowedWhereTheyAreAllowed) {
  http::testing::ScriptedServer other([](http::testing::Peer& peer) {
    for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
      peer.send(head.starts_with("GET /moved ")
                    ? "HTTP/1.1 302 Found\r\nLocation: /here?a=b\r\nContent-Length: 0\r\n\r\n"
                    : "HTTP/1.1 203 OK\r\nX-Other: 1\r\nContent-Length: 5\r\n\r\nother");
    }
  });
  more_config_ = fmt::format(
      "[[applications.shop.redirects]]\nscheme = \"http\"\nhost = \"127.0.0.1\"\nport = {}\n"
      "private-addresses = true\n",
      other.port());
  start();
  const HttpAnswer answer = ask("GET", "/api/redirect?" + other.url("/moved"));
  EXPECT_EQ(answer.status, 203);
  EXPECT_EQ(answer.body, "other");
  EXPECT_THAT(answer.header, AllOf(HasSubstr("\r\nx-other: 1\r\n"), Not(HasSubstr("ocation"))));
  EXPECT_EQ(ask("GET", "/api/redirect?http://127.0.0.1:1/").status, 502);
  EXPECT_TRUE(process_->wait_for_err("is not on the allow-list")) << process_->err();
}

TEST_F(HttpTest, GuestsCannotForgeTheConnection) {
  start();
  const HttpAnswer answer = ask("GET", "/api/header?value");
  EXPECT_THAT(answer.header, AllOf(HasSubstr("\r\nx-made: value\r\n"),
                                   HasSubstr("Content-Length: 0"), Not(HasSubstr("7\r\n"))));
}

TEST_F(HttpTest, LargeContentGoesBothWays) {
  start();
  for (const std::size_t size : {10'000UL, 100'000UL, 2'999'999UL}) {
    const std::string content(size, 'y');
    EXPECT_EQ(ask("POST", "/api/body", "", content).body, content) << size;
    EXPECT_EQ(ask("GET", fmt::format("/api/large?{}", size)).body.size(), size);
  }
  EXPECT_EQ(ask("POST", "/api/size", "Content-Length: 3000001\r\n").status, 413);
}

TEST_F(HttpTest, FilesAreServedAndNothingElse) {
  start();
  EXPECT_EQ(ask("GET", "/").body, "<p>index</p>");
  EXPECT_EQ(ask("GET", "/some/page").body, "<p>app</p>") << "the page of a single-page application";
  EXPECT_EQ(ask("GET", "/data.txt").body, "0123456789");
  EXPECT_EQ(ask("GET", "/data.txt", "Range: bytes=2-4\r\n").body, "234");
  EXPECT_EQ(ask("GET", "/data.txt", "Range: bytes=20-\r\n").status, 416);
  EXPECT_THAT(ask("HEAD", "/data.txt").header, HasSubstr("content-length: 10"));
  EXPECT_EQ(ask("POST", "/data.txt", "", "x").status, 405);
  EXPECT_EQ(ask("GET", "/link").body, "<p>app</p>") << "a link is no file";
  for (const char* target : {"/../secret", "/%2e%2e/secret", "/..%2fsecret", "/x/../../secret",
                             "//etc/passwd", "/\\..\\secret"}) {
    EXPECT_EQ(ask("GET", target).status, 400) << target;
  }
  const std::string header = ask("GET", "/data.txt").header;
  const std::size_t at = header.find("etag: ");
  ASSERT_NE(at, std::string::npos) << header;
  const std::string tag = header.substr(at + 6, header.find('\r', at) - at - 6);
  EXPECT_EQ(ask("GET", "/data.txt", fmt::format("If-None-Match: {}\r\n", tag)).status, 304);
}

TEST_F(HttpTest, EndpointsTakeTheirMethodsOnly) {
  start();
  EXPECT_EQ(ask("GET", "/endpoint").body, "the endpoint");
  const HttpAnswer answer = ask("DELETE", "/endpoint");
  EXPECT_EQ(answer.status, 405);
  EXPECT_THAT(answer.header, HasSubstr("Allow: GET, HEAD"));
}

TEST_F(HttpTest, WhoMayIsAskedBeforeAnythingElse) {
  start();
  const auto with = [](const char* proof) { return fmt::format("Authorization: {}\r\n", proof); };
  EXPECT_EQ(ask("GET", "/api/private/calls").status, 401) << "nobody decided";
  EXPECT_EQ(ask("GET", "/api/private/calls", with("good")).body, "1");
  EXPECT_EQ(ask("GET", "/api/private/calls", with("bad")).status, 403);
  EXPECT_EQ(ask("GET", "/api/private/calls", with("bad")).body, "required\n");
  EXPECT_EQ(ask("GET", "/api/private/calls", with("other")).status, 401);
  EXPECT_EQ(ask("GET", "/api/half/calls").body, "1");
  EXPECT_EQ(ask("GET", "/api/half/calls", with("bad")).body, "optional\n");
  EXPECT_EQ(ask("GET", "/api/%70rivate/calls").status, 401) << "another spelling is the same path";
}

TEST_F(HttpTest, SlowAndBrokenClientsHarmNobody) {
  start();
  HttpClient slow = connect();
  slow.send("GET / HTTP/1.1\r\nHo");
  {
    HttpClient gone = connect();
    gone.send("POST /api/body HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf");
  }
  {
    HttpClient gone = connect();
    gone.send("GET /api/large?1000000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  EXPECT_EQ(ask("GET", "/api/calls").status, 200);
  EXPECT_EQ(slow.read()->status, 408);
  EXPECT_EQ(ask("GET", "/api/calls").status, 200);
}

TEST_F(HttpTest, RequestsThatAreUnderWayAreAnsweredWhenItStops) {
  start({"--deadline-ms", "500"});
  HttpClient busy = connect();
  busy.send("GET /api/loop HTTP/1.1\r\nHost: localhost\r\n\r\n");
  HttpClient idle = connect();
  idle.send("GET /api/calls HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(idle.read()->status, 200);
  ASSERT_TRUE(process_->wait_until_it_computes());
  process_->send(SIGTERM);
  EXPECT_EQ(busy.read()->status, 504);
  EXPECT_TRUE(idle.closed_without_a_word());
  EXPECT_EQ(process_->wait().status, 0);
}

TEST_F(HttpTest, AnAddressIsConfigurationEnough) {
  for (const char* address : {"0", "127.0.0.1:0"}) {
    listen({guest("reply")}, address);
    EXPECT_EQ(ask("GET", "/api/calls").body, "1") << address;
    EXPECT_EQ(ask("GET", "/api/calls", "", "", "shop.localhost").body, "1");
    EXPECT_EQ(ask("GET", "/api/calls", "", "", "example.org").status, 404);
  }
}

TEST_F(HttpTest, OverloadIsSaidNotSuffered) {
  start({"--max-events", "2", "--max-running", "1", "--deadline-ms", "300"});
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<HttpClient>(address_));
    clients.back()->send("GET /api/loop HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  int refused = 0;
  int stopped = 0;
  for (const auto& client : clients) {
    const auto answer = client->read();
    ASSERT_TRUE(answer);
    if (answer->status == 503) {
      ++refused;
      EXPECT_THAT(answer->header, HasSubstr("Retry-After: 1"));
    } else {
      EXPECT_EQ(answer->status, 504);
      ++stopped;
    }
  }
  EXPECT_EQ(refused + stopped, 6);
  EXPECT_GE(refused, 1);
  EXPECT_GE(stopped, 1);
}

TEST_F(HttpTest, TheFileIsCheckedBeforeAnythingRuns) {
  const std::string file = directory_.write("bad.toml", "[server]\nlisen = []\n");
  const ProcessEnd end = run({"playground", guest("reply"), "--http", file});
  EXPECT_NE(end.status, 0);
  EXPECT_THAT(end.err, AllOf(HasSubstr("bad.toml:2:1"), HasSubstr("lisen"), HasSubstr("listen")));

  const std::string module =
      directory_.write("module.toml",
                       "[server]\nlisten = [\"127.0.0.1:0\"]\n[[applications.reply.endpoints]]\n"
                       "id = \"x\"\nmodule = \"nobody\"\npath = '/x'\n");
  EXPECT_THAT(run({"playground", guest("reply"), "--http", module}).err,
              HasSubstr("endpoint x is for the module nobody"));

  EXPECT_THAT(run({"playground", guest("reply"), "--http", "127.0.0.1:99999"}).err,
              HasSubstr("127.0.0.1:99999"));

  const std::string limit = directory_.write("limit.toml", "[limits]\nmax_connections = 0\n");
  EXPECT_THAT(run({"playground", guest("reply"), "--http", limit}).err,
              AllOf(HasSubstr("limit.toml:2:"), HasSubstr("must be from 1 to")));
}

}  // namespace
}  // namespace hermes::tests

// hermes playground --http with clients of HTTP/2 that others wrote.
#include "http/testing/http2_client.hpp"
#include "http/testing/test_certificates.hpp"
#include "http_program.hpp"
#include "process.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>

namespace hermes::tests {
namespace {

using http::testing::Http2Client;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kConfig = R"(
[server]
listen = ["127.0.0.1:0"]
default-application = "shop"

[server.tls]
listen = ["127.0.0.1:0"]
[[server.tls.certificates]]
certificate = "{}"
key = "{}"

[limits]
# h2spec sends what is not well formed, faster than anybody else.
http2_max_resets = 1000
max_body_bytes = 100000000

[applications.shop]
www = "www"
)";

/// What the command has printed, and its exit status behind it.
std::string output_of(const std::string& command) {
  const CommandEnd end = shell(command);
  return fmt::format("{}\nstatus {}", end.out, end.status);
}

/// The program with an application "shop" of the components `reply` and `http-rust`, and files.
class Http2Test : public HttpProgram {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(directory_ / "www");
    directory_.write("www/index.html", "<p>index</p>");
    directory_.write("www/large", std::string(kLargeBytes, 'x'));
    const http::CertificateFiles files = authority_.make("one", {.names = {"127.0.0.1"}});
    start({guest("reply"), guest("http-rust")},
          fmt::format(fmt::runtime(kConfig), files.certificate.string(), files.key.string()));
    tls_port_ = port_after(*process_, "answered at https://127.0.0.1:");
  }

  [[nodiscard]] std::string curl(std::string_view arguments, std::string_view path) const {
    return output_of(
        fmt::format("curl --silent --show-error --max-time 60 "
                    "--http2-prior-knowledge {} 'http://127.0.0.1:{}{}'",
                    arguments, address_.port(), path));
  }
  /// The same over TLS, where both sides agree on HTTP/2.
  [[nodiscard]] std::string curl_tls(std::string_view arguments, std::string_view path) const {
    return output_of(
        fmt::format("curl --silent --show-error --max-time 60 --cacert {} {} "
                    "'https://127.0.0.1:{}{}'",
                    authority_.file(), arguments, tls_port_, path));
  }

  static constexpr std::size_t kLargeBytes = 5'000'000;
  http::testing::TestAuthority authority_;
  std::uint16_t tls_port_ = 0;
};

TEST_F(Http2Test, PassesH2spec) {
  const std::string told = output_of(
      fmt::format("{}/build/tools/h2spec --host 127.0.0.1 --port {} --tls --insecure --timeout 5",
                  HERMES_SOURCE_DIR, tls_port_));
  EXPECT_THAT(told, HasSubstr("145 tests, 145 passed, 0 skipped, 0 failed")) << told;
}

TEST_F(Http2Test, PassesH2specBesideHttp1) {
  const std::string told =
      output_of(fmt::format("{}/build/tools/h2spec --host 127.0.0.1 --port {} --timeout 5",
                            HERMES_SOURCE_DIR, address_.port()));
  // A client that begins with neither HTTP/2 nor HTTP/1.1 is told so in HTTP/1.1 before the
  // connection is closed. h2spec takes that for an incomplete frame; there is no other failure.
  EXPECT_THAT(told, HasSubstr("145 tests, 144 passed, 0 skipped, 1 failed")) << told;
  const std::string failures = told.substr(std::min(told.find("Failures:"), told.size()));
  EXPECT_THAT(failures, HasSubstr("Sends invalid connection preface"));
}

TEST_F(Http2Test, CurlGetsWhatItAsksFor) {
  EXPECT_EQ(curl("--write-out ' %{http_version} %{http_code}'", "/"),
            "<p>index</p> 2 200\nstatus 0");
  EXPECT_THAT(curl("--include --data 'the content' --header 'X-Request-Id: mine'", "/api/echo?a"),
              AllOf(StartsWith("HTTP/2 200"), HasSubstr("x-request-id: mine"),
                    HasSubstr("POST /api/echo?a\n"),
                    HasSubstr(fmt::format("host: 127.0.0.1:{}\n", address_.port())),
                    HasSubstr("\n\nthe content")));
  EXPECT_THAT(curl("--head", "/large"), AllOf(HasSubstr("HTTP/2 200"), HasSubstr("5000000")));
  const std::string large = directory_ / "www/large";
  EXPECT_EQ(curl("--output /dev/null --write-out '%{size_download}'", "/large"),
            fmt::format("{}\nstatus 0", kLargeBytes));
  EXPECT_EQ(
      curl(fmt::format("--data-binary '@{}' --output /dev/null --write-out '%{{size_download}}'",
                       large),
           "/api/body"),
      fmt::format("{}\nstatus 0", kLargeBytes));
}

TEST_F(Http2Test, BrowsersGetHttp2OverTls) {
  EXPECT_EQ(curl_tls("--write-out ' %{http_version}'", "/"), "<p>index</p> 2\nstatus 0");
  EXPECT_EQ(curl_tls("--http1.1 --write-out ' %{http_version}'", "/"),
            "<p>index</p> 1.1\nstatus 0");
}

TEST_F(Http2Test, ComponentsWithWasiHttpStreamBothWays) {
  EXPECT_EQ(curl("--write-out ' %{http_version}'", "/hello"), "hello\n 2\nstatus 0");
  EXPECT_THAT(curl("--include", "/ticks?3"), HasSubstr("data: 0\n\ndata: 1\n\ndata: 2\n\n"));
  const std::string sent = directory_ / "www/large";
  const std::string received = directory_ / "received";
  const std::string echo = fmt::format("--data-binary '@{}' --output {}", sent, received);
  EXPECT_EQ(curl(echo, "/echo"), "\nstatus 0");
  EXPECT_EQ(output_of(fmt::format("cmp {} {}", sent, received)), "\nstatus 0");
  EXPECT_EQ(curl_tls(echo, "/echo"), "\nstatus 0");
  EXPECT_EQ(output_of(fmt::format("cmp {} {}", sent, received)), "\nstatus 0");
  EXPECT_THAT(curl("--write-out '%{http_code}'", "/trap-before"), HasSubstr("502"));
}

TEST_F(Http2Test, AStreamThatIsResetStopsItsGuest) {
  {
    Http2Client client(address_);
    const auto ask = [&](const char* path) {
      return client.send_fields(
          {{":method", "POST"}, {":scheme", "http"}, {":path", path}, {":authority", "localhost"}},
          std::string("half"));
    };
    client.reset(ask("/count"), NGHTTP2_CANCEL);
    client.reset(ask("/ticks?100000000"), NGHTTP2_CANCEL);
    client.reset(ask("/echo"), NGHTTP2_CANCEL);
    EXPECT_EQ(client.finish(ask("/hello")).body, "hello\n");
    // And one whose connection goes.
    static_cast<void>(ask("/flood"));
  }
  process_->send(SIGTERM);
  const ProcessEnd end = process_->wait();
  EXPECT_EQ(end.status, 0);
  EXPECT_EQ(count(end.err, "before everything was finished"), 0U);
}

TEST_F(Http2Test, RequestsThatAreUnderWayAreAnsweredWhenItStops) {
  Http2Client client(address_);
  EXPECT_EQ(client
                .finish(client.send_fields({{":method", "GET"},
                                            {":scheme", "http"},
                                            {":path", "/api/calls"},
                                            {":authority", "localhost"}},
                                           std::nullopt))
                .body,
            "1");
  process_->send(SIGTERM);
  client.read_until_closed();
  EXPECT_EQ(client.goaways().size(), 2U);
  EXPECT_EQ(process_->wait().status, 0);
}

}  // namespace
}  // namespace hermes::tests

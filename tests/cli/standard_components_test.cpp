// hermes playground --http with what the published tools of each language make of their own
// examples: components that nobody wrote for Hermes.
#include "http_program.hpp"
#include "process.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <thread>

namespace hermes::tests {
namespace {

using http::testing::HttpAnswer;
using http::testing::HttpClient;
using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr std::string_view kConfig = R"(
[server]
listen = ["127.0.0.1:0"]
default-application = "shop"

[limits]
max_body_bytes = 33554432
)";

struct Standard {
  const char* guest;
  const char* language;
};

void PrintTo(const Standard& standard, std::ostream* out) { *out << standard.guest; }

class StandardComponentTest : public HttpProgram, public ::testing::WithParamInterface<Standard> {};

// In one test, because a component of a language that brings its interpreter takes long to compile:
// that is done once, and not by several programs at the same time.
TEST_P(StandardComponentTest, IsServedUnmodified) {
  start({guest(GetParam().guest)}, kConfig, {"--deadline-ms", "120000"});

  const std::string hello = fmt::format("Hello from {}!\n", GetParam().language);
  HttpClient client = connect();
  for (int i = 0; i < 2; ++i) {
    client.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    const auto answer = client.read();
    ASSERT_TRUE(answer) << process_->err();
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, hello);
    EXPECT_THAT(answer->header, HasSubstr("content-type: text/plain"));
  }

  constexpr std::size_t kBytes = std::size_t{16} << 20U;
  const std::string content = pattern(kBytes);
  {
    const std::jthread sender([&] {
      client.send(fmt::format(
          "POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", kBytes));
      client.send(content);
    });
    const auto answer = client.read();
    ASSERT_TRUE(answer) << process_->err();
    EXPECT_EQ(answer->status, 200);
    EXPECT_TRUE(answer->body == content) << answer->body.size();
  }

  const HttpAnswer events = ask("GET", "/chunks");
  EXPECT_EQ(events.status, 200);
  EXPECT_THAT(events.header, AllOf(HasSubstr("content-type: text/event-stream"),
                                   HasSubstr("Transfer-Encoding: chunked")));
  EXPECT_EQ(events.body, "data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\ndata: 5\n\n");

  EXPECT_EQ(ask("GET", "/nothing").status, 404);

  process_->send(SIGTERM);
  EXPECT_EQ(process_->wait().status, 0);
}

INSTANTIATE_TEST_SUITE_P(Languages, StandardComponentTest,
                         ::testing::Values(Standard{"standard-rust", "Rust"},
                                           Standard{"standard-js", "JavaScript"},
                                           Standard{"standard-python", "Python"},
                                           Standard{"standard-go", "Go"}),
                         [](const ::testing::TestParamInfo<Standard>& test) {
                           return std::string(test.param.language);
                         });

}  // namespace
}  // namespace hermes::tests

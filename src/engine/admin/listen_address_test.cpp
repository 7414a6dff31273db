#include "engine/admin/listen_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace hermes::engine {
namespace {

using ::testing::HasSubstr;

TEST(ListenAddress, IsAnAddressAndAPortOrAPortAloneForLoopback) {
  const std::pair<std::string, std::string> cases[] = {
      {"127.0.0.1:9090", "127.0.0.1:9090"}, {"[::1]:0", "[::1]:0"},
      {"0.0.0.0:80", "0.0.0.0:80"},         {"[2001:db8::1]:65535", "[2001:db8::1]:65535"},
      {"9090", "127.0.0.1:9090"},           {":0", "127.0.0.1:0"},
  };
  for (const auto& [text, read] : cases) {
    const auto address = parse_listen_address(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_text(*address), read);
  }
}

TEST(ListenAddress, RefusesEverythingElseAndSaysWhatToWrite) {
  for (const std::string text :
       {"", ":", "localhost:9090", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1",
        "127.0.0.1:9090 ", "1.2.3:9090", "::1:9090", "[127.0.0.1]:9090", "[::1]", "[::1",
        "http://127.0.0.1:9090", "127.0.0.1:+1", "\x1b[2J:1"}) {
    const auto address = parse_listen_address(text);
    ASSERT_FALSE(address) << text;
    EXPECT_THAT(address.error().message, HasSubstr("127.0.0.1:9090"));
    EXPECT_EQ(address.error().message.find('\x1b'), std::string::npos);
  }
}

TEST(AdminHost, IsANameInLowerCaseWithoutAPort) {
  EXPECT_EQ(parse_admin_host("Hermes.Example.COM"), "hermes.example.com");
  EXPECT_EQ(parse_admin_host("hermes"), "hermes");
  for (const std::string text : {"", "127.0.0.1", "[::1]", "hermes:9090", "a b", "http://hermes",
                                 "*.example.com", "hermes/", "user@hermes"}) {
    const auto host = parse_admin_host(text);
    ASSERT_FALSE(host) << text;
    EXPECT_THAT(host.error().message, HasSubstr("without a port"));
  }
}

}  // namespace
}  // namespace hermes::engine

#include "runtime_extensions/http_gateway/host_table.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

std::string resolve(const HostTable& table, std::string_view text) {
  const auto host = HostName::parse(text);
  if (!host) return "malformed";
  const auto application = table.application(*host);
  return application ? std::string(*application) : "unknown";
}

HostTable must_build(HostOptions options) {
  auto table = HostTable::build(std::move(options));
  EXPECT_TRUE(table) << (table ? "" : table.error().message);
  return table ? std::move(*table) : HostTable();
}

struct Case {
  std::string_view host;
  std::string_view application;
};

TEST(HostTable, TakesTheLabelBeforeASuffix) {
  const HostTable table;
  for (const Case& each : std::vector<Case>{
           {"shop.hermes.local", "shop"},
           {"SHOP.Hermes.LOCAL:8080", "shop"},
           {"shop.localhost.", "shop"},
           {"a.b.localhost", "unknown"},
           {"localhost", "unknown"},
           {"hermes.local", "unknown"},
           {"local", "unknown"},
           {"shop.local", "unknown"},
           {"shop.hermes.local.evil.example", "unknown"},
           {"shop.nothermes.local", "unknown"},
           {"shophermes.local", "unknown"},
           {"127.0.0.1", "unknown"},
           {"[::1]", "unknown"},
           {"shop..localhost", "malformed"},
           {"", "malformed"},
       }) {
    EXPECT_EQ(resolve(table, each.host), each.application) << each.host;
  }
}

TEST(HostTable, KnowsAliasesAndADefault) {
  const HostTable table = must_build({.suffixes = {"Apps.Example.", ".internal"},
                                      .aliases = {{"www.example.com", "shop"},
                                                  {"WWW.Example.org.", "blog"},
                                                  {"192.0.2.1", "by-address"},
                                                  {"[2001:DB8:0::1]", "by-address-6"},
                                                  {"old.apps.example", "new"}},
                                      .default_application = "start"});
  for (const Case& each : std::vector<Case>{
           {"www.example.com", "shop"},
           {"www.example.com:443", "shop"},
           {"www.EXAMPLE.org", "blog"},
           {"example.com", "unknown"},
           {"x.www.example.com", "unknown"},
           {"192.0.2.1:80", "by-address"},
           {"[2001:db8::1]", "by-address-6"},
           // An alias comes before a suffix.
           {"old.apps.example", "new"},
           {"shop.apps.example", "shop"},
           {"shop.internal", "shop"},
           {"apps.example", "start"},
           {"internal", "start"},
           {"localhost:8080", "start"},
           {"127.0.0.1", "start"},
           {"[::1]:8080", "start"},
           {"shop.localhost", "unknown"},
           // DNS rebinding: a foreign name that leads here.
           {"evil.example", "unknown"},
       }) {
    EXPECT_EQ(resolve(table, each.host), each.application) << each.host;
  }
}

TEST(HostTable, AStarStandsForEveryOtherHost) {
  const HostTable table = must_build({.aliases = {{"*", "all"}, {"www.example.com", "shop"}}});
  EXPECT_EQ(resolve(table, "www.example.com"), "shop");
  EXPECT_EQ(resolve(table, "blog.localhost"), "blog");
  EXPECT_EQ(resolve(table, "evil.example"), "all");
  EXPECT_EQ(resolve(table, "127.0.0.1"), "all");
  EXPECT_EQ(resolve(table, "a..b"), "malformed");
}

TEST(HostTable, SaysWhatIsWrong) {
  struct Refused {
    HostOptions options;
    std::string message;
  };
  for (const Refused& each : std::vector<Refused>{
           {{.suffixes = {"a..b"}},
            "host suffix \"a..b\": Between the dots of a host name are 1 to 63 characters."},
           {{.suffixes = {"127.0.0.1"}},
            "host suffix \"127.0.0.1\": it must be a name, not an address"},
           {{.suffixes = {"localhost:80"}},
            "host suffix \"localhost:80\": leave out the port; a host means the same on every "
            "port"},
           {{.suffixes = std::vector<std::string>(17, "x")},
            "17 host suffixes: at most 16 are allowed"},
           {{.aliases = {{"www.example.com", "My Shop"}}},
            "alias \"www.example.com\": \"My Shop\" cannot be an application: its name has 1 to 63 "
            "of a-z, 0-9 and -, and no - at either end"},
           {{.aliases = {{"*.example.com", "shop"}}},
            "alias \"*.example.com\": A host name has letters, digits, '-', '_' and dots, and "
            "nothing else."},
           {{.aliases = {{"a.example", "x"}, {"A.example.", "y"}}},
            "alias \"a.example\" is there twice, in different spellings; keep one of them"},
           {{.default_application = "-"},
            "default application: \"-\" cannot be an application: its name has 1 to 63 of a-z, 0-9 "
            "and -, and no - at either end"},
       }) {
    const auto table = HostTable::build(each.options);
    ASSERT_FALSE(table) << each.message;
    EXPECT_EQ(table.error().message, each.message);
  }
}

}  // namespace
}  // namespace hermes::ext::http_gateway

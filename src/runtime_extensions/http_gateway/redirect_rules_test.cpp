#include "runtime_extensions/http_gateway/redirect_rules.hpp"

#include "runtime_extensions/http_gateway/testing/rules.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

std::string verdict(const RedirectRules& rules, std::string_view text) {
  const auto url = Url::parse(text);
  if (!url) return "malformed";
  const auto grant = rules.check(*url);
  if (!grant) return "refused";
  std::string granted = "allowed";
  if (grant->private_addresses == PrivateAddresses::kGranted) granted += " private";
  if (grant->credentials == Credentials::kForwarded) granted += " credentials";
  return granted;
}

TEST(RedirectRules, AllowOnlyWhatIsListed) {
  const RedirectRules rules = must(RedirectRules::build({
      {.host = "api.Example.com"},
      {.host = "*.cdn.example", .path = "/public"},
      {.scheme = Scheme::kHttp, .host = "plain.example", .port = 8080, .path = "/a/"},
      {.host = "login.example", .credentials = Credentials::kForwarded},
      {.scheme = Scheme::kHttp,
       .host = "127.0.0.1",
       .port = 9000,
       .private_addresses = PrivateAddresses::kGranted},
      {.host = "8.8.8.8"},
      // What fits together grants together.
      {.host = "both.example", .credentials = Credentials::kForwarded},
      {.host = "*.example", .path = "/inner", .private_addresses = PrivateAddresses::kGranted},
  }));
  for (const auto& [url, expected] : std::vector<std::pair<std::string, std::string>>{
           {"https://api.example.com", "allowed"},
           {"https://API.example.com.:443/x?y", "allowed"},
           {"http://api.example.com", "refused"},
           {"https://api.example.com:8443", "refused"},
           {"https://api.example.com.evil.test", "refused"},
           {"https://x.api.example.com", "refused"},
           {"https://example.com", "refused"},
           {"https://a.cdn.example/public", "allowed"},
           {"https://a.b.cdn.example/public/x", "allowed"},
           {"https://cdn.example/public", "refused"},
           {"https://evilcdn.example/public", "refused"},
           {"https://a.cdn.example/publicity", "refused"},
           {"https://a.cdn.example/", "refused"},
           {"https://a.cdn.example/%70ublic/x", "allowed"},
           {"https://a.cdn.example/public/../secret", "malformed"},
           {"https://a.cdn.example/public/%2e%2e/secret", "malformed"},
           {"https://a.cdn.example/public/..;/secret", "malformed"},
           {"https://a.cdn.example/public%2f..%2fsecret", "malformed"},
           {"http://plain.example:8080/a/b", "allowed"},
           {"http://plain.example:8080/a", "refused"},
           {"http://plain.example/a/b", "refused"},
           {"https://login.example/x", "allowed credentials"},
           {"http://127.0.0.1:9000/", "allowed private"},
           {"http://127.0.0.1/", "refused"},
           {"http://localhost:9000/", "refused"},
           {"https://8.8.8.8/", "allowed"},
           {"https://both.example/inner", "allowed private credentials"},
           {"https://both.example/", "allowed credentials"},
       }) {
    EXPECT_EQ(verdict(rules, url), expected) << url;
  }
  EXPECT_EQ(verdict(RedirectRules(), "https://api.example.com/"), "refused");
}

TEST(RedirectRules, EveryHopIsChecked) {
  const RedirectRules rules = must(RedirectRules::build({{.host = "a.example", .path = "/open"}}));
  const Url first = must(Url::parse("https://a.example/open/x"));
  ASSERT_TRUE(rules.check(first));
  for (const auto& [location, expected] : std::vector<std::pair<std::string, std::string>>{
           {"y", "allowed"},
           {"/open/z?q#f", "allowed"},
           {"../secret", "refused"},
           {"/secret", "refused"},
           {"//b.example/open", "refused"},
           {"http://a.example/open", "refused"},
           {"https://a.example:8443/open", "refused"},
           {"https://169.254.169.254/open", "refused"},
       }) {
    const auto next = first.resolve(location);
    ASSERT_TRUE(next) << location;
    EXPECT_EQ(verdict(rules, next->to_string()), expected) << location;
  }
}

TEST(RedirectRules, TheAddressDecidesInTheEnd) {
  const RedirectGrant none;
  const RedirectGrant granted{.private_addresses = PrivateAddresses::kGranted};
  struct Case {
    std::string_view address;
    bool without;
    bool with;
  };
  for (const Case& each : std::vector<Case>{
           {"93.184.216.34", true, true},
           {"2606:4700::1111", true, true},
           {"127.0.0.1", false, true},
           {"::1", false, true},
           {"::ffff:127.0.0.1", false, true},
           {"::ffff:10.1.2.3", false, true},
           {"169.254.169.254", false, true},
           {"fe80::1", false, true},
           {"fd00::1", false, true},
           {"0.0.0.0", false, false},
           {"::", false, false},
           {"255.255.255.255", false, false},
           {"224.0.0.1", false, false},
           {"ff02::1", false, false},
       }) {
    const auto v4 = IpAddress::parse_v4(each.address);
    const auto address = v4 ? v4 : IpAddress::parse_v6(each.address);
    ASSERT_TRUE(address) << each.address;
    EXPECT_EQ(allowed_address(none, *address), each.without) << each.address;
    EXPECT_EQ(allowed_address(granted, *address), each.with) << each.address;
  }
}

TEST(RedirectRules, SaysWhatIsWrong) {
  for (const auto& [rule, message] : std::vector<std::pair<RedirectRule, std::string>>{
           {{.host = ""}, "rule for host \"\": The request names no host."},
           {{.host = "a b"},
            "rule for host \"a b\": A host name has letters, digits, '-', '_' and dots, and "
            "nothing else."},
           {{.host = "*"},
            "rule for host \"*\": A host name has letters, digits, '-', '_' and dots, and "
            "nothing "
            "else."},
           {{.host = "a.*.example"},
            "rule for host \"a.*.example\": A host name has letters, digits, '-', '_' and dots, "
            "and nothing else."},
           {{.host = "example.com:80"},
            "rule for host \"example.com:80\": the port has a key of its own"},
           {{.host = "*.127.0.0.1"}, "rule for host \"*.127.0.0.1\": nothing is below an address"},
           {{.host = "10.0.0.1"},
            "rule for host \"10.0.0.1\": it is a private address; that needs private-addresses "
            "= "
            "true"},
           {{.host = "[::ffff:10.0.0.1]"},
            "rule for host \"[::ffff:10.0.0.1]\": it is a private address; that needs "
            "private-addresses = true"},
           {{.host = "0.0.0.0", .private_addresses = PrivateAddresses::kGranted},
            "rule for host \"0.0.0.0\": it is a reserved address, which nothing can be fetched "
            "from"},
           {{.host = "a.example", .port = 0},
            "rule for host \"a.example\": a port is a number from 1 to 65535"},
           {{.host = "a.example", .path = "x"},
            "rule for host \"a.example\": path \"x\": The path does not begin with a slash."},
           {{.host = "a.example", .path = "/x?y"},
            "rule for host \"a.example\": its path must not have a query"},
       }) {
    const auto rules = RedirectRules::build({rule});
    ASSERT_FALSE(rules) << message;
    EXPECT_EQ(rules.error().message, message);
  }
  EXPECT_FALSE(RedirectRules::build(
      std::vector<RedirectRule>(kMaxRedirectRules + 1, RedirectRule{.host = "a.example"})));
}

}  // namespace
}  // namespace hermes::ext::http_gateway

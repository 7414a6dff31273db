#include "runtime_extensions/http_gateway/host_name.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

struct GoodCase {
  std::string text;
  std::string name;
  HostKind kind = HostKind::kName;
  std::optional<std::uint16_t> port;
};

TEST(HostName, ReadsNamesAddressesAndPorts) {
  const std::string longest_label(63, 'a');
  const std::string longest =
      longest_label + "." + longest_label + "." + longest_label + "." + std::string(61, 'b');
  const std::vector<GoodCase> cases = {
      {"shop.hermes.local", "shop.hermes.local", HostKind::kName, {}},
      {"Shop.HERMES.Local:8080", "shop.hermes.local", HostKind::kName, 8080},
      {"shop.localhost.", "shop.localhost", HostKind::kName, {}},
      {"shop.localhost.:80", "shop.localhost", HostKind::kName, 80},
      // RFC 3986 section 3.2.3: a port may be empty.
      {"localhost:", "localhost", HostKind::kName, {}},
      {"localhost:00080", "localhost", HostKind::kName, 80},
      {"_service.example", "_service.example", HostKind::kName, {}},
      {"xn--bcher-kva.example", "xn--bcher-kva.example", HostKind::kName, {}},
      {"127.0.0.1:1", "127.0.0.1", HostKind::kIpv4, 1},
      {"255.255.255.255:65535", "255.255.255.255", HostKind::kIpv4, 65535},
      // By RFC 3986 these are names; they mean nothing.
      {"127.1", "127.1", HostKind::kName, {}},
      {"256.0.0.1", "256.0.0.1", HostKind::kName, {}},
      {"127.0.0.01", "127.0.0.01", HostKind::kName, {}},
      {"[::1]", "[::1]", HostKind::kIpv6, {}},
      {"[0:0:0:0:0:0:0:1]:8080", "[::1]", HostKind::kIpv6, 8080},
      {"[2001:DB8::A]", "[2001:db8::a]", HostKind::kIpv6, {}},
      {"[::ffff:192.0.2.1]", "[::ffff:192.0.2.1]", HostKind::kIpv6, {}},
      {longest + ".:65535", longest, HostKind::kName, 65535},
  };
  for (const GoodCase& each : cases) {
    SCOPED_TRACE(each.text);
    const auto host = HostName::parse(each.text);
    ASSERT_TRUE(host) << describe(host.error());
    EXPECT_EQ(host->name(), each.name);
    EXPECT_EQ(host->kind(), each.kind);
    EXPECT_EQ(host->port(), each.port);
  }
}

struct BadCase {
  std::string text;
  HostFault fault;
};

TEST(HostName, RefusesWhatNamesNoHost) {
  const std::vector<BadCase> cases = {
      {"", HostFault::kEmpty},
      {".", HostFault::kEmpty},
      {":80", HostFault::kEmpty},
      {std::string(254, 'a'), HostFault::kTooLong},
      {std::string(100'000, 'a'), HostFault::kTooLong},
      {"user@shop.localhost", HostFault::kUserinfo},
      {"a:b@shop.localhost:80", HostFault::kUserinfo},
      {"@", HostFault::kUserinfo},
      {"shop localhost", HostFault::kCharacter},
      {" shop.localhost", HostFault::kCharacter},
      {"shop.localhost\t", HostFault::kCharacter},
      {"shop.localhost/", HostFault::kCharacter},
      {"shop.localhost/x", HostFault::kCharacter},
      {"shop.localhost?x", HostFault::kCharacter},
      {"shop.localhost#x", HostFault::kCharacter},
      {"shop\\.localhost", HostFault::kCharacter},
      {"shop,other.localhost", HostFault::kCharacter},
      {"shop%2elocalhost", HostFault::kCharacter},
      {"b\xc3\xbc"
       "cher.example",
       HostFault::kCharacter},
      {std::string("shop\0.localhost", 15), HostFault::kCharacter},
      {"shop.localhost\r\nX: y", HostFault::kCharacter},
      {"*.localhost", HostFault::kCharacter},
      {"..", HostFault::kLabel},
      {"shop..localhost", HostFault::kLabel},
      {".localhost", HostFault::kLabel},
      {"localhost..", HostFault::kLabel},
      {std::string(64, 'a') + ".localhost", HostFault::kLabel},
      {"[::1", HostFault::kAddress},
      {"[]", HostFault::kAddress},
      {"[::1%25eth0]", HostFault::kAddress},
      {"[::1%eth0]", HostFault::kAddress},
      {"[v1.x]", HostFault::kAddress},
      {"[127.0.0.1]", HostFault::kAddress},
      {"[1:2:3]", HostFault::kAddress},
      {"[[::1]]", HostFault::kAddress},
      {std::string("[::1\0]", 6), HostFault::kAddress},
      {"::1", HostFault::kEmpty},
      {"[::1]80", HostFault::kPort},
      {"[::1]]", HostFault::kPort},
      {"localhost:80:80", HostFault::kPort},
      {"localhost:0", HostFault::kPort},
      {"localhost:65536", HostFault::kPort},
      {"localhost:000080", HostFault::kPort},
      {"localhost:-1", HostFault::kPort},
      {"localhost:+80", HostFault::kPort},
      {"localhost:80a", HostFault::kPort},
      {"localhost: 80", HostFault::kPort},
  };
  for (const BadCase& each : cases) {
    SCOPED_TRACE(each.text.substr(0, 80));
    const auto host = HostName::parse(each.text);
    ASSERT_FALSE(host) << host->name();
    EXPECT_EQ(describe(host.error()), describe(each.fault));
  }
}

TEST(HostNameProperty, ReadingWhatWasReadChangesNothing) {
  const auto text =
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("aZ09-_.:[]f1%@ /")));
  EXPECT_TRUE(rc::check([&] {
    const auto host = HostName::parse(*text);
    if (!host) return;
    const auto again = HostName::parse(host->name());
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->name() == host->name());
    RC_ASSERT(again->kind() == host->kind());
  }));
}

}  // namespace
}  // namespace hermes::ext::http_gateway

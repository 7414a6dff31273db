#include "runtime_extensions/http_gateway/ip_address.hpp"

#include "runtime_extensions/http_gateway/listen_address.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

TEST(IpAddress, KnowsWhereAddressesLead) {
  using enum AddressScope;
  struct Case {
    std::string_view text;
    AddressScope scope;
  };
  for (const Case& each : std::vector<Case>{
           {"8.8.8.8", kPublic},
           {"1.1.1.1", kPublic},
           {"223.255.255.255", kPublic},
           {"9.255.255.255", kPublic},
           {"11.0.0.0", kPublic},
           {"100.63.255.255", kPublic},
           {"100.128.0.0", kPublic},
           {"172.15.255.255", kPublic},
           {"172.32.0.0", kPublic},
           {"192.0.1.0", kPublic},
           {"198.17.255.255", kPublic},
           {"198.20.0.0", kPublic},
           {"10.0.0.0", kPrivate},
           {"10.255.255.255", kPrivate},
           {"100.64.0.0", kPrivate},
           {"100.127.255.255", kPrivate},
           {"127.0.0.1", kPrivate},
           {"127.255.255.255", kPrivate},
           {"169.254.169.254", kPrivate},
           {"172.16.0.0", kPrivate},
           {"172.31.255.255", kPrivate},
           {"192.168.0.1", kPrivate},
           {"0.0.0.0", kReserved},
           {"0.1.2.3", kReserved},
           {"192.0.0.8", kReserved},
           {"192.0.2.1", kReserved},
           {"192.88.99.1", kReserved},
           {"198.18.0.1", kReserved},
           {"198.51.100.1", kReserved},
           {"203.0.113.1", kReserved},
           {"224.0.0.1", kReserved},
           {"240.0.0.1", kReserved},
           {"255.255.255.255", kReserved},
           {"2606:4700::1111", kPublic},
           {"3ffe::1", kPublic},
           {"::1", kPrivate},
           {"fe80::1", kPrivate},
           {"febf::1", kPrivate},
           {"fc00::1", kPrivate},
           {"fdff::1", kPrivate},
           {"::", kReserved},
           {"::2", kReserved},
           {"fec0::1", kReserved},
           {"ff02::1", kReserved},
           {"2001::1", kReserved},
           {"2001:db8::1", kReserved},
           {"3fff::1", kReserved},
           {"100::1", kReserved},
           {"4000::1", kReserved},
           // What is wrapped decides.
           {"::ffff:8.8.8.8", kPublic},
           {"::ffff:127.0.0.1", kPrivate},
           {"::ffff:7f00:1", kPrivate},
           {"::ffff:0.0.0.0", kReserved},
           {"64:ff9b::8.8.8.8", kPublic},
           {"64:ff9b::10.0.0.1", kPrivate},
           {"64:ff9b:1::8.8.8.8", kReserved},
           {"2002:0808:0808::1", kPublic},
           {"2002:7f00:0001::1", kPrivate},
           {"::127.0.0.1", kReserved},
       }) {
    const auto v4 = IpAddress::parse_v4(each.text);
    const auto address = v4 ? v4 : IpAddress::parse_v6(each.text);
    ASSERT_TRUE(address) << each.text;
    EXPECT_EQ(scope_of(*address), each.scope) << each.text;
  }
}

TEST(IpAddress, RefusesOtherSpellings) {
  for (const std::string_view text :
       {"", "1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "0x7f.0.0.1", "1.2.3.256", "1.2.3.4 ",
        " 1.2.3.4", "2130706433", "1.2.3.-4", "1..3.4", "::1"}) {
    EXPECT_FALSE(IpAddress::parse_v4(text)) << text;
  }
  for (const std::string_view text : {"", ":", ":::", "1::2::3", "12345::", "::1%lo", "[::1]",
                                      "::1/64", "1:2:3:4:5:6:7:8:9", "::256.1.1.1", "127.0.0.1"}) {
    EXPECT_FALSE(IpAddress::parse_v6(text)) << text;
  }
}

TEST(ListenAddress, ReadsAndPrintsWhatItRead) {
  for (const std::string text : {"127.0.0.1:8080", "0.0.0.0:0", "[::1]:8443", "[::]:65535"}) {
    const auto address = ListenAddress::parse(text);
    ASSERT_TRUE(address) << address.error().message;
    EXPECT_EQ(address->to_string(), text);
  }
  EXPECT_EQ(ListenAddress{}.to_string(), "127.0.0.1:8080");
}

TEST(ListenAddress, SaysWhatIsWrong) {
  const std::string expected =
      "; expected an address and a port, such as 127.0.0.1:8080 or [::1]:8080";
  for (const auto& [text, why] : std::vector<std::pair<std::string, std::string>>{
           {"127.0.0.1", "it has no port"},
           {"[::1]", "it has no port"},
           {"8080", "it has no port"},
           {"", "it has no port"},
           {"127.0.0.1:", "a port is a number from 0 to 65535"},
           {"127.0.0.1:65536", "a port is a number from 0 to 65535"},
           {"127.0.0.1:80x", "a port is a number from 0 to 65535"},
           {":8080", "\"\" is not an IP address"},
           {"::1:8080", "\"::1\" is not an IP address"},
           {"example.com:80", "\"example.com\" is not an IP address"},
           {"localhost:8080", "localhost is a name, which may mean several addresses"},
       }) {
    const auto address = ListenAddress::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().message, "listener \"" + text + "\": " + why + expected);
  }
}

}  // namespace
}  // namespace hermes::ext::http_gateway

#include "http/address_counts.hpp"

#include <gtest/gtest.h>

namespace hermes::http {
namespace {

boost::asio::ip::address address(const char* text) { return boost::asio::ip::make_address(text); }

TEST(AddressCounts, BoundsEachAddressAlone) {
  AddressCounts counts(2);
  EXPECT_TRUE(counts.add(address("10.0.0.1")));
  EXPECT_TRUE(counts.add(address("10.0.0.1")));
  EXPECT_FALSE(counts.add(address("10.0.0.1")));
  EXPECT_TRUE(counts.add(address("10.0.0.2")));
  counts.remove(address("10.0.0.1"));
  EXPECT_TRUE(counts.add(address("10.0.0.1")));
  counts.remove(address("10.0.0.1"));
  counts.remove(address("10.0.0.1"));
  counts.remove(address("10.0.0.2"));
  EXPECT_EQ(counts.size(), 0U) << "nothing is left of those that are gone";
}

TEST(AddressCounts, AnIpv4AddressIsTheSameHoweverItComes) {
  AddressCounts counts(1);
  EXPECT_TRUE(counts.add(address("192.0.2.1")));
  EXPECT_FALSE(counts.add(address("::ffff:192.0.2.1")));
  EXPECT_TRUE(counts.add(address("::ffff:192.0.2.2")));
}

TEST(AddressCounts, OfIpv6TheNetworkCounts) {
  AddressCounts counts(1);
  EXPECT_TRUE(counts.add(address("2001:db8:1:2::1")));
  EXPECT_FALSE(counts.add(address("2001:db8:1:2:ffff::9")));
  EXPECT_TRUE(counts.add(address("2001:db8:1:3::1")));
}

}  // namespace
}  // namespace hermes::http

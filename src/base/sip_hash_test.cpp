#include "base/sip_hash.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace hermes {
namespace {

// The key 00 01 .. 0f. The expected values are those of: openssl mac -macopt hexkey:0001..0f
// -macopt size:16 SIPHASH
constexpr SipKey kReferenceKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

/// The hash as bytes, in the order in which the algorithm writes them.
std::string hex(const Hash128& hash) {
  std::string text;
  for (const std::uint64_t word : {hash.low, hash.high}) {
    for (int i = 0; i < 8; ++i) text += fmt::format("{:02x}", (word >> (8 * i)) & 0xff);
  }
  return text;
}

TEST(SipHash, AgreesWithOpenSsl) {
  std::string input;
  EXPECT_EQ(hex(sip_hash_128(kReferenceKey, input)), "a3817f04ba25a8e66df67214c7550293");
  input.push_back('\0');
  EXPECT_EQ(hex(sip_hash_128(kReferenceKey, input)), "da87c1d86b99af44347659119b22fc45");
  for (char c = 1; c < 15; ++c) input.push_back(c);
  EXPECT_EQ(hex(sip_hash_128(kReferenceKey, input)), "5493e99933b0a8117e08ec0f97cfc3d9");
}

// Appendix A of "SipHash: a fast short-input PRF" has the one for 15 bytes.
TEST(SipHash, AgreesWithItsAuthors) {
  struct Case {
    std::size_t bytes;
    std::uint64_t expected;
  };
  std::string input;
  for (const Case& each : {Case{0, 0x726fdb47dd0e0e31},
                           {1, 0x74f839c593dc67fd},
                           {8, 0x93f5f5799a932462},
                           {15, 0xa129ca6149be45e5}}) {
    while (input.size() < each.bytes) input.push_back(static_cast<char>(input.size()));
    EXPECT_EQ(sip_hash_64(kReferenceKey, input), each.expected) << each.bytes << " bytes";
  }
}

TEST(SipHash, DependsOnTheKey) {
  EXPECT_NE(sip_hash_64({1, 2}, "tag"), sip_hash_64({1, 3}, "tag"));
  EXPECT_NE(sip_hash_64({1, 2}, "tag"), sip_hash_64({2, 2}, "tag"));
  EXPECT_FALSE(sip_hash_128({1, 2}, "tag") == sip_hash_128({1, 3}, "tag"));
  EXPECT_FALSE(sip_hash_128({1, 2}, "tag") == sip_hash_128({2, 2}, "tag"));
  EXPECT_TRUE(sip_hash_128({1, 2}, "tag") == sip_hash_128({1, 2}, "tag"));
}

}  // namespace
}  // namespace hermes

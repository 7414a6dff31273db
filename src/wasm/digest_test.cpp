#include "wasm/digest.hpp"

#include <gtest/gtest.h>

#include <string_view>

namespace hermes::wasm {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

TEST(DigestTest, Sha256OfTheStandard) {
  // FIPS 180-4, examples of NIST.
  EXPECT_EQ(to_hex(sha256({})), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(to_hex(sha256(bytes("abc"))),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(DigestTest, HmacInPiecesAndAtOnce) {
  // RFC 4231, test case 1: a key of 20 bytes 0x0b, which a key of 32 bytes with zeros after them
  // equals (RFC 2104: short keys are padded with zeros).
  Digest key{};
  for (std::size_t i = 0; i < 20; ++i) key[i] = std::byte{0x0b};
  HmacSha256 at_once(key);
  at_once.update(bytes("Hi There"));
  const Digest code = at_once.finish();
  EXPECT_EQ(to_hex(code), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");

  HmacSha256 pieces(key);
  pieces.update(bytes("Hi"));
  pieces.update({});
  pieces.update(bytes(" There"));
  EXPECT_TRUE(equal_in_constant_time(pieces.finish(), code));

  Digest other = code;
  other[31] ^= std::byte{1};
  EXPECT_FALSE(equal_in_constant_time(other, code));
}

}  // namespace
}  // namespace hermes::wasm

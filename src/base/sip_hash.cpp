#include "base/sip_hash.hpp"

#include <bit>
#include <cstring>

namespace hermes {
namespace {

struct SipState {
  std::uint64_t v0, v1, v2, v3;

  void round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void absorb(std::uint64_t word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
  }
  std::uint64_t finish() {
    for (int i = 0; i < 4; ++i) round();
    return v0 ^ v1 ^ v2 ^ v3;
  }
};

std::uint64_t little_endian(const std::byte* bytes, std::size_t count) {
  std::uint64_t word = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&word, bytes, count);
  } else {
    for (std::size_t i = 0; i < count; ++i)
      word |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  }
  return word;
}

// All of `data` taken in. `variant` is what sets outputs of 128 bits apart.
SipState absorb_all(const SipKey& key, std::span<const std::byte> data, std::uint64_t variant) {
  SipState state{key.k0 ^ 0x736f6d6570736575, key.k1 ^ 0x646f72616e646f6d ^ variant,
                 key.k0 ^ 0x6c7967656e657261, key.k1 ^ 0x7465646279746573};
  const std::size_t whole = data.size() & ~std::size_t{7};
  for (std::size_t i = 0; i < whole; i += 8) state.absorb(little_endian(data.data() + i, 8));
  std::uint64_t last = static_cast<std::uint64_t>(data.size()) << 56;
  if (whole != data.size()) last |= little_endian(data.data() + whole, data.size() - whole);
  state.absorb(last);
  return state;
}

}  // namespace

std::uint64_t sip_hash_64(const SipKey& key, std::span<const std::byte> data) {
  SipState state = absorb_all(key, data, 0);
  state.v2 ^= 0xff;
  return state.finish();
}

Hash128 sip_hash_128(const SipKey& key, std::span<const std::byte> data) {
  SipState state = absorb_all(key, data, 0xee);
  Hash128 hash;
  state.v2 ^= 0xee;
  hash.low = state.finish();
  state.v1 ^= 0xdd;
  hash.high = state.finish();
  return hash;
}

}  // namespace hermes

// A keyed hash: whoever does not know the key cannot choose inputs that collide.
#pragma once

#include "base/random.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace hermes {

/// 128 bits of hash.
struct Hash128 {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Hash128&, const Hash128&) = default;
};

/// The secret of a SipHash. Made once by the owner of a table and kept to itself.
struct SipKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
  static SipKey make(Random& random) { return {random.next(), random.next()}; }
};

/// SipHash-2-4 (Aumasson and Bernstein, https://www.aumasson.jp/siphash/), for tables that compare
/// what they find.
std::uint64_t sip_hash_64(const SipKey& key, std::span<const std::byte> data);

inline std::uint64_t sip_hash_64(const SipKey& key, std::string_view text) {
  return sip_hash_64(key, std::as_bytes(std::span(text)));
}

/// SipHash-2-4 with 128 bits of output, for what is told apart by its hash alone.
Hash128 sip_hash_128(const SipKey& key, std::span<const std::byte> data);

inline Hash128 sip_hash_128(const SipKey& key, std::string_view text) {
  return sip_hash_128(key, std::as_bytes(std::span(text)));
}

}  // namespace hermes

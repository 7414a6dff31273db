// SHA-256 (FIPS 180-4) and HMAC-SHA-256 (RFC 2104), computed by OpenSSL.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace hermes::wasm {

/// A SHA-256 value, or a key or code of that size.
using Digest = std::array<std::byte, 32>;

/// The SHA-256 of `bytes`.
[[nodiscard]] Digest sha256(std::span<const std::byte> bytes);

/// Lower-case hexadecimal, 64 characters.
[[nodiscard]] std::string to_hex(const Digest& digest);

/// Equality in a time that does not depend on where the values differ.
[[nodiscard]] bool equal_in_constant_time(const Digest& a, const Digest& b);

/// HMAC-SHA-256 over data that comes in pieces. One thread at a time.
class HmacSha256 {
 public:
  explicit HmacSha256(const Digest& key);
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;
  ~HmacSha256();

  void update(std::span<const std::byte> bytes);
  /// The code over everything that was given. Ends the computation: call it once, and update() not
  /// after it.
  [[nodiscard]] Digest finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace hermes::wasm

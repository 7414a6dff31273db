// Codecs of bool, char, integers and floats.
#pragma once

#include "wasm/abi/codec.hpp"
#include "wasm/abi/layout.hpp"

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace hermes::wasm::abi {

/// s8 to s64 and u8 to u64 as the C++ integers of their width, and std::byte for u8.
template <class T>
concept WitInteger =
    std::same_as<T, std::int8_t> || std::same_as<T, std::uint8_t> ||
    std::same_as<T, std::int16_t> || std::same_as<T, std::uint16_t> ||
    std::same_as<T, std::int32_t> || std::same_as<T, std::uint32_t> ||
    std::same_as<T, std::int64_t> || std::same_as<T, std::uint64_t> || std::same_as<T, std::byte>;

/// Integers: any core value is valid and wraps ("lift_flat_unsigned", "lift_flat_signed").
template <WitInteger T>
struct Codec<T> : PlainCodec {
  static constexpr std::uint32_t kSize = sizeof(T);
  static constexpr std::uint32_t kAlignment = sizeof(T);
  static constexpr std::uint32_t kFlatCount = 1;
  static constexpr bool kInPlace = true;

  static bool load(LiftContext& /*context*/, const std::byte* from, T& out) {
    out = load_raw<T>(from);
    return true;
  }
  static bool lift_flat(LiftContext& /*context*/, const hn_val* from, T& out) {
    out = static_cast<T>(from->bits);
    return true;
  }
  static void store(Writer& /*writer*/, std::byte* to, T value) { store_raw(to, value); }
  static void lower_flat(Writer& /*writer*/, hn_val* to, T value) {
    if constexpr (std::is_signed_v<T> && sizeof(T) < sizeof(std::uint32_t)) {
      // A narrow signed integer is sign-extended, but only to the i32 that carries it.
      to->bits = static_cast<std::uint32_t>(static_cast<std::int32_t>(value));
    } else if constexpr (std::is_signed_v<T>) {
      to->bits = static_cast<std::make_unsigned_t<T>>(value);
    } else {
      to->bits = static_cast<std::uint64_t>(value);
    }
  }
};

/// f32 and f64: NaN payloads are kept.
template <std::floating_point T>
  requires(std::same_as<T, float> || std::same_as<T, double>)
struct Codec<T> : PlainCodec {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  static constexpr std::uint32_t kSize = sizeof(T);
  static constexpr std::uint32_t kAlignment = sizeof(T);
  static constexpr std::uint32_t kFlatCount = 1;
  static constexpr bool kInPlace = true;

  static bool load(LiftContext& /*context*/, const std::byte* from, T& out) {
    out = load_raw<T>(from);
    return true;
  }
  static bool lift_flat(LiftContext& /*context*/, const hn_val* from, T& out) {
    out = std::bit_cast<T>(static_cast<Bits>(from->bits));
    return true;
  }
  static void store(Writer& /*writer*/, std::byte* to, T value) { store_raw(to, value); }
  static void lower_flat(Writer& /*writer*/, hn_val* to, T value) {
    to->bits = std::bit_cast<Bits>(value);
  }
};

/// bool: 0 is false, anything else is true.
template <>
struct Codec<bool> : PlainCodec {
  static constexpr std::uint32_t kSize = 1;
  static constexpr std::uint32_t kAlignment = 1;
  static constexpr std::uint32_t kFlatCount = 1;

  static bool load(LiftContext& /*context*/, const std::byte* from, bool& out) {
    out = *from != std::byte{0};
    return true;
  }
  static bool lift_flat(LiftContext& /*context*/, const hn_val* from, bool& out) {
    out = static_cast<std::uint32_t>(from->bits) != 0;
    return true;
  }
  static void store(Writer& /*writer*/, std::byte* to, bool value) {
    *to = std::byte{static_cast<unsigned char>(value)};
  }
  static void lower_flat(Writer& /*writer*/, hn_val* to, bool value) { to->bits = value ? 1 : 0; }
};

/// Whether `value` may be a char: not a surrogate and within Unicode.
[[nodiscard]] constexpr bool is_unicode_scalar(std::uint32_t value) noexcept {
  return value < 0xD800 || (value > 0xDFFF && value <= 0x10FFFF);
}

/// char: a Unicode scalar value ("convert_i32_to_char").
template <>
struct Codec<char32_t> : PlainCodec {
  static constexpr std::uint32_t kSize = 4;
  static constexpr std::uint32_t kAlignment = 4;
  static constexpr std::uint32_t kFlatCount = 1;

  static bool load(LiftContext& context, const std::byte* from, char32_t& out) {
    return lift(context, load_raw<std::uint32_t>(from), out);
  }
  static bool lift_flat(LiftContext& context, const hn_val* from, char32_t& out) {
    return lift(context, static_cast<std::uint32_t>(from->bits), out);
  }
  static void measure(LowerContext& context, char32_t value, std::uint32_t /*position*/) {
    if (!is_unicode_scalar(value)) [[unlikely]] {
      context.fail("a char from the host is not a Unicode scalar value");
    }
  }
  static void store(Writer& /*writer*/, std::byte* to, char32_t value) {
    store_raw(to, static_cast<std::uint32_t>(value));
  }
  static void lower_flat(Writer& /*writer*/, hn_val* to, char32_t value) { to->bits = value; }

 private:
  static bool lift(LiftContext& context, std::uint32_t value, char32_t& out) {
    if (!is_unicode_scalar(value)) [[unlikely]] {
      return context.fail_char(value);
    }
    out = static_cast<char32_t>(value);
    return true;
  }
};

}  // namespace hermes::wasm::abi

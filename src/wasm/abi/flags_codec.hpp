// Codec of flags.
#pragma once

#include "wasm/abi/codec.hpp"
#include "wasm/abi/layout.hpp"
#include "wasm/flags.hpp"

#include <cstddef>
#include <cstdint>

namespace hermes::wasm::abi {

/// flags: one bit a label; bits without a label are ignored when they are read, and 0 when they are
/// written ("load_flags", "store_flags").
template <class Label, std::uint32_t LabelCount>
struct Codec<Flags<Label, LabelCount>> : PlainCodec {
  using Value = Flags<Label, LabelCount>;
  static constexpr std::uint32_t kSize = flags_size(LabelCount);
  static constexpr std::uint32_t kAlignment = flags_alignment(LabelCount);
  static constexpr std::uint32_t kFlatCount = flag_words(LabelCount);

  static bool load(LiftContext& /*context*/, const std::byte* from, Value& out) {
    if constexpr (kSize == 1) {
      out.set_word(0, load_raw<std::uint8_t>(from));
    } else if constexpr (kSize == 2) {
      out.set_word(0, load_raw<std::uint16_t>(from));
    } else {
      for (std::size_t word = 0; word < Value::kWords; ++word) {
        out.set_word(word, load_raw<std::uint32_t>(from + word * sizeof(std::uint32_t)));
      }
    }
    return true;
  }
  static bool lift_flat(LiftContext& /*context*/, const hn_val* from, Value& out) {
    for (std::size_t word = 0; word < Value::kWords; ++word) {
      out.set_word(word, static_cast<std::uint32_t>(from[word].bits));
    }
    return true;
  }
  static void store(Writer& /*writer*/, std::byte* to, const Value& value) {
    if constexpr (kSize == 1) {
      store_raw(to, static_cast<std::uint8_t>(value.words()[0]));
    } else if constexpr (kSize == 2) {
      store_raw(to, static_cast<std::uint16_t>(value.words()[0]));
    } else {
      for (std::size_t word = 0; word < Value::kWords; ++word) {
        store_raw(to + word * sizeof(std::uint32_t), value.words()[word]);
      }
    }
  }
  static void lower_flat(Writer& /*writer*/, hn_val* to, const Value& value) {
    for (std::size_t word = 0; word < Value::kWords; ++word) {
      to[word].bits = value.words()[word];
    }
  }
};

}  // namespace hermes::wasm::abi

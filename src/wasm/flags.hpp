// WIT flags as a C++ set.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

namespace hermes::wasm {

/// A set of `LabelCount` flags; `Label` is an enumeration with the values 0 to LabelCount - 1.
///
///   enum class Permission : std::uint8_t { kRead, kWrite };
///   using Permissions = Flags<Permission, 2>;
///   Permissions p{Permission::kRead};
///   if (p.has(Permission::kWrite)) ...
template <class Label, std::uint32_t LabelCount>
class Flags {
 public:
  static constexpr std::size_t kWords = (LabelCount + 31) / 32;

  constexpr Flags() noexcept = default;
  constexpr Flags(std::initializer_list<Label> labels) noexcept {
    for (const Label label : labels) {
      set(label);
    }
  }

  [[nodiscard]] constexpr bool has(Label label) const noexcept {
    return (words_[word(label)] & bit(label)) != 0;
  }
  constexpr Flags& set(Label label, bool on = true) noexcept {
    if (on) {
      words_[word(label)] |= bit(label);
    } else {
      words_[word(label)] &= ~bit(label);
    }
    return *this;
  }
  [[nodiscard]] constexpr bool empty() const noexcept { return *this == Flags(); }

  friend constexpr Flags operator|(Flags left, const Flags& right) noexcept {
    for (std::size_t index = 0; index < kWords; ++index) {
      left.words_[index] |= right.words_[index];
    }
    return left;
  }
  friend constexpr Flags operator&(Flags left, const Flags& right) noexcept {
    for (std::size_t index = 0; index < kWords; ++index) {
      left.words_[index] &= right.words_[index];
    }
    return left;
  }
  friend constexpr bool operator==(const Flags&, const Flags&) noexcept = default;

  /// 32 labels a word, the first one in the lowest bit.
  [[nodiscard]] constexpr const std::array<std::uint32_t, kWords>& words() const noexcept {
    return words_;
  }
  /// Bits without a label are dropped.
  constexpr void set_word(std::size_t index, std::uint32_t bits) noexcept {
    words_[index] = bits & used_bits(index);
  }

 private:
  static constexpr std::uint32_t used_bits(std::size_t index) noexcept {
    return index + 1 == kWords && LabelCount % 32 != 0 ? (1U << (LabelCount % 32)) - 1 : UINT32_MAX;
  }
  static constexpr std::size_t word(Label label) noexcept {
    return static_cast<std::size_t>(label) / 32;
  }
  static constexpr std::uint32_t bit(Label label) noexcept {
    return 1U << (static_cast<std::uint32_t>(label) % 32);
  }

  std::array<std::uint32_t, kWords> words_{};
};

}  // namespace hermes::wasm

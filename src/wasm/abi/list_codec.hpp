// Codecs of list<T>, as std::vector<T> and std::span<const T>.
#pragma once

#include "wasm/abi/codec.hpp"
#include "wasm/abi/layout.hpp"
#include "wasm/abi/scalar_codec.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <vector>

namespace hermes::wasm::abi {

/// Layout, and what pointer and length mean, for every C++ form of a list ("load_list",
/// "store_list"). Derived has `bool lift(context, pointer, length, out)`.
template <class Derived, class Element>
struct ListCodec {  // NOLINT(bugprone-crtp-constructor-accessibility): nobody makes codecs
  using ElementCodec = Codec<Element>;
  static constexpr std::uint32_t kSize = kPointerPairBytes;
  static constexpr std::uint32_t kAlignment = kPointerBytes;
  static constexpr std::uint32_t kFlatCount = 2;
  static constexpr std::uint32_t kHandleCount = ElementCodec::kHandleCount;
  /// What an element costs when it is copied out: also charged for lists that are viewed in place,
  /// because the host function will read them.
  static constexpr std::uint32_t kElementCost =
      std::max({ElementCodec::kSize, static_cast<std::uint32_t>(sizeof(Element)), 1U});

  template <class List>
  static bool load(LiftContext& context, const std::byte* from, List& out) {
    return Derived::lift(context, load_raw<std::uint32_t>(from),
                         load_raw<std::uint32_t>(from + kPointerBytes), out);
  }
  template <class List>
  static bool lift_flat(LiftContext& context, const hn_val* from, List& out) {
    return Derived::lift(context, static_cast<std::uint32_t>(from[0].bits),
                         static_cast<std::uint32_t>(from[1].bits), out);
  }
  template <class List>
  static void measure(LowerContext& context, List& list, std::uint32_t position) {
    context.allocate("list", list.size(), ElementCodec::kSize, ElementCodec::kAlignment);
    if constexpr (!InPlace<Element> && !std::is_same_v<Element, bool>) {
      for (auto& element : list) {
        ElementCodec::measure(context, element, position);
      }
    }
  }
  template <class List>
  static void store(Writer& writer, std::byte* to, const List& list) {
    const std::uint32_t block = write(writer, list);
    store_raw(to, block);
    store_raw(to + kPointerBytes, static_cast<std::uint32_t>(list.size()));
  }
  template <class List>
  static void lower_flat(Writer& writer, hn_val* to, const List& list) {
    to[0].bits = write(writer, list);
    to[1].bits = list.size();
  }

 protected:
  /// Bounds, alignment and budget of the elements.
  static bool check(LiftContext& context, std::uint32_t pointer, std::uint32_t length) {
    return context.check_block("list", pointer, length, ElementCodec::kSize,
                               ElementCodec::kAlignment, kElementCost);
  }

 private:
  template <class List>
  static std::uint32_t write(Writer& writer, const List& list) {
    const std::uint32_t block = writer.next_block();
    std::byte* to = writer.at(block);
    if constexpr (InPlace<Element>) {
      if (!list.empty()) {
        std::memcpy(to, list.data(), list.size() * sizeof(Element));
      }
    } else {
      for (const auto& element : list) {
        ElementCodec::store(writer, to, element);
        to += ElementCodec::kSize;
      }
    }
    return block;
  }
};

/// A list as a view. Integers and floats are viewed in place; bool and char too, when all of them
/// are well formed; other elements are materialised in the call's arena. Not to be used after the
/// guest runs again. Elements that own something (own handles) need the std::vector form.
template <class Element>
struct Codec<std::span<const Element>> : ListCodec<Codec<std::span<const Element>>, Element> {
  using Base = ListCodec<Codec<std::span<const Element>>, Element>;
  static_assert(std::is_trivially_destructible_v<Element>,
                "a view of a list holds views; use std::vector for elements that own something");

  static bool lift(LiftContext& context, std::uint32_t pointer, std::uint32_t length,
                   std::span<const Element>& out) {
    if (!Base::check(context, pointer, length)) [[unlikely]] {
      return false;
    }
    const std::byte* from = context.at(pointer);
    if constexpr (InPlace<Element>) {
      out = std::span<const Element>(reinterpret_cast<const Element*>(from), length);
      return true;
    } else if constexpr (std::is_same_v<Element, char32_t>) {
      for (std::uint32_t index = 0; index < length; ++index) {
        char32_t checked = 0;
        if (!Base::ElementCodec::load(context, from + index * sizeof(char32_t), checked))
            [[unlikely]] {
          return false;
        }
      }
      out = std::span<const char32_t>(reinterpret_cast<const char32_t*>(from), length);
      return true;
    } else {
      if constexpr (std::is_same_v<Element, bool>) {
        // Only 0 and 1 are values of a C++ bool.
        if (std::all_of(from, from + length, [](std::byte b) { return b <= std::byte{1}; })) {
          out = std::span<const bool>(reinterpret_cast<const bool*>(from), length);
          return true;
        }
      }
      const std::span<Element> elements = context.arena().template allocate<Element>(length);
      for (Element& element : elements) {
        if (!Base::ElementCodec::load(context, from, element)) [[unlikely]] {
          return false;
        }
        from += Base::ElementCodec::kSize;
      }
      out = elements;
      return true;
    }
  }
};

/// A list that is copied out of the guest.
template <class Element>
struct Codec<std::vector<Element>> : ListCodec<Codec<std::vector<Element>>, Element> {
  using Base = ListCodec<Codec<std::vector<Element>>, Element>;

  static bool lift(LiftContext& context, std::uint32_t pointer, std::uint32_t length,
                   std::vector<Element>& out) {
    if (!Base::check(context, pointer, length)) [[unlikely]] {
      return false;
    }
    const std::byte* from = context.at(pointer);
    if constexpr (InPlace<Element>) {
      const Element* const elements = reinterpret_cast<const Element*>(from);
      out.assign(elements, elements + length);
    } else if constexpr (std::is_same_v<Element, bool>) {
      out.assign(length, false);
      for (std::uint32_t index = 0; index < length; ++index) {
        out[index] = from[index] != std::byte{0};
      }
    } else {
      out.clear();
      out.resize(length);
      for (Element& element : out) {
        if (!Base::ElementCodec::load(context, from, element)) [[unlikely]] {
          return false;
        }
        from += Base::ElementCodec::kSize;
      }
    }
    return true;
  }
};

}  // namespace hermes::wasm::abi

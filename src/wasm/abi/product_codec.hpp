// Codecs of record and tuple.
#pragma once

#include "wasm/abi/codec.hpp"
#include "wasm/abi/layout.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hermes::wasm::abi {

/// Layout of fields one after the other ("alignment_record", "elem_size_record").
template <class... Fields>
struct ProductLayout {
  static constexpr std::size_t kCount = sizeof...(Fields);
  static constexpr std::uint32_t kAlignment = [] {
    std::uint32_t alignment = 1;
    ((alignment = alignment < Codec<Fields>::kAlignment ? Codec<Fields>::kAlignment : alignment),
     ...);
    return alignment;
  }();
  static constexpr std::uint32_t kFlatCount = (0U + ... + Codec<Fields>::kFlatCount);
  static constexpr std::uint32_t kHandleCount = (0U + ... + Codec<Fields>::kHandleCount);

  struct Tables {
    std::array<std::uint32_t, kCount + 1> offset{};
    std::array<std::uint32_t, kCount + 1> flat{};
    std::array<std::uint32_t, kCount + 1> handle{};
    std::uint32_t size = 0;
  };
  static constexpr Tables kTables = [] {
    Tables tables;
    std::size_t index = 0;
    [[maybe_unused]] const auto add = [&]<class Field>() {
      tables.size = align_to(tables.size, Codec<Field>::kAlignment);
      tables.offset[index] = tables.size;
      tables.size += Codec<Field>::kSize;
      tables.flat[index + 1] = tables.flat[index] + Codec<Field>::kFlatCount;
      tables.handle[index + 1] = tables.handle[index] + Codec<Field>::kHandleCount;
      ++index;
    };
    (add.template operator()<Fields>(), ...);
    tables.size = align_to(tables.size, kAlignment);
    return tables;
  }();
  static constexpr std::uint32_t kSize = kTables.size;
};

/// The operations on a tuple-like value whose fields are reached through `Access::get<I>(value)`.
template <class Access, class... Fields>
struct ProductCodec {
  using Layout = ProductLayout<Fields...>;
  static constexpr std::uint32_t kSize = Layout::kSize;
  static constexpr std::uint32_t kAlignment = Layout::kAlignment;
  static constexpr std::uint32_t kFlatCount = Layout::kFlatCount;
  static constexpr std::uint32_t kHandleCount = Layout::kHandleCount;

  template <class T>
  static bool load(LiftContext& context, const std::byte* from, T& out) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (Codec<Fields>::load(context, from + Layout::kTables.offset[I],
                                  Access::template get<I>(out)) &&
              ...);
    }(std::index_sequence_for<Fields...>());
  }
  template <class T>
  static bool lift_flat(LiftContext& context, const hn_val* from, T& out) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return (Codec<Fields>::lift_flat(context, from + Layout::kTables.flat[I],
                                       Access::template get<I>(out)) &&
              ...);
    }(std::index_sequence_for<Fields...>());
  }
  template <class T>
  static void measure(LowerContext& context, T& value, std::uint32_t position) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (Codec<Fields>::measure(context, Access::template get<I>(value),
                              position + Layout::kTables.handle[I]),
       ...);
    }(std::index_sequence_for<Fields...>());
  }
  template <class T>
  static void store(Writer& writer, std::byte* to, const T& value) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (Codec<Fields>::store(writer, to + Layout::kTables.offset[I], Access::template get<I>(value)),
       ...);
    }(std::index_sequence_for<Fields...>());
  }
  template <class T>
  static void lower_flat(Writer& writer, hn_val* to, const T& value) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (Codec<Fields>::lower_flat(writer, to + Layout::kTables.flat[I],
                                 Access::template get<I>(value)),
       ...);
    }(std::index_sequence_for<Fields...>());
  }
};

struct TupleAccess {
  template <std::size_t I, class T>
  static auto& get(T& value) noexcept {
    return std::get<I>(value);
  }
};

/// tuple<...>
template <class... Fields>
struct Codec<std::tuple<Fields...>> : ProductCodec<TupleAccess, Fields...> {};

template <auto... Members>
struct MemberAccess {
  static constexpr std::tuple kMembers{Members...};
  template <std::size_t I, class T>
  static auto& get(T& value) noexcept {
    return value.*std::get<I>(kMembers);
  }
};

template <class Pointer>
struct MemberType;
template <class Class, class Member>
struct MemberType<Member Class::*> {
  using Type = Member;
};

/// record: a struct and its fields in the order of the WIT record.
///
///   template <>
///   struct Codec<Point> : RecordCodec<&Point::x, &Point::y> {};
template <auto... Members>
struct RecordCodec
    : ProductCodec<MemberAccess<Members...>, typename MemberType<decltype(Members)>::Type...> {};

}  // namespace hermes::wasm::abi

// From the view of a WIT value to its owned form, and back.
//
// Both forms of a type have the same structure, which their codecs know. So these conversions need
// nothing from generated code, and work for whole values of any depth.
#pragma once

#include "wasm/abi/codecs.hpp"
#include "wasm/arena.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace hermes::wasm {

namespace convert_internal {

/// What a pass does where the two forms differ.
struct Copy;
struct Borrow;

/// `From` is const where the value stays as it is; else handles are moved out of it.
template <class Direction, class To, class From>
void convert(From& from, To& to, Arena* arena);

template <class T>
struct ElementOf;
template <class T>
struct ElementOf<std::vector<T>> {
  using Type = T;
};
template <class T>
struct ElementOf<std::span<const T>> {
  using Type = T;
};

template <class T>
concept List = requires { typename ElementOf<T>::Type; };

/// The fields of a record or tuple, or the cases of a variant, option or result: by their codec.
template <class Direction, class To, class From, class ToAccess, class... ToFields,
          class FromAccess, class... FromFields>
void convert_parts(From& from, To& to, Arena* arena,
                   const abi::ProductCodec<ToAccess, ToFields...>* /*to_codec*/,
                   const abi::ProductCodec<FromAccess, FromFields...>* /*from_codec*/) {
  static_assert(sizeof...(ToFields) == sizeof...(FromFields), "not two forms of one WIT type");
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (convert<Direction>(FromAccess::template get<I>(from), ToAccess::template get<I>(to), arena),
     ...);
  }(std::index_sequence_for<ToFields...>());
}

template <class Direction, class To, class From, class ToAccess, class... ToCases, class FromAccess,
          class... FromCases>
void convert_parts(From& from, To& to, Arena* arena,
                   const abi::SumCodec<ToAccess, ToCases...>* /*to_codec*/,
                   const abi::SumCodec<FromAccess, FromCases...>* /*from_codec*/) {
  static_assert(sizeof...(ToCases) == sizeof...(FromCases), "not two forms of one WIT type");
  const std::uint32_t active = FromAccess::index(from);
  const auto convert_case = [&]<std::size_t I>() {
    if (active == I) {
      convert<Direction>(FromAccess::template get<I>(from), ToAccess::template emplace<I>(to),
                         arena);
    }
  };
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (convert_case.template operator()<I>(), ...);
  }(std::index_sequence_for<ToCases...>());
}

template <class T>
inline constexpr bool kIsVector = false;
template <class T>
inline constexpr bool kIsVector<std::vector<T>> = true;

template <class Direction, class To, class From>
void convert_list(From& from, To& to, Arena* arena) {
  // A view whose elements own resources is a std::vector too.
  if constexpr (kIsVector<To>) {
    to.clear();
    to.reserve(from.size());
    for (auto& element : from) {
      typename ElementOf<To>::Type copy{};
      convert<Direction>(element, copy, arena);
      to.push_back(std::move(copy));
    }
  } else {
    using Element = typename ElementOf<To>::Type;
    const std::span<Element> elements = arena->allocate<Element>(from.size());
    std::size_t index = 0;
    // By value where the list is a std::vector<bool>, which has no elements to refer to.
    for (auto&& element : from) {
      const typename ElementOf<std::remove_const_t<From>>::Type& source = element;
      convert<Direction>(source, elements[index++], arena);
    }
    to = elements;
  }
}

template <class Direction, class To, class From>
void convert(From& from, To& to, Arena* arena) {
  using Plain = std::remove_const_t<From>;
  if constexpr (std::is_same_v<To, Plain>) {
    if constexpr (std::is_const_v<From>) {
      to = from;
    } else {
      to = std::move(from);
    }
  } else if constexpr (std::is_same_v<Plain, std::string> ||
                       std::is_same_v<Plain, std::string_view>) {
    to = To(from);
  } else if constexpr (List<Plain>) {
    // A list whose elements have one form is viewed where it is.
    if constexpr (std::is_same_v<Direction, Borrow> && std::is_convertible_v<From&, To>) {
      to = from;
    } else {
      convert_list<Direction>(from, to, arena);
    }
  } else {
    convert_parts<Direction>(from, to, arena, static_cast<const abi::Codec<To>*>(nullptr),
                             static_cast<const abi::Codec<Plain>*>(nullptr));
  }
}

}  // namespace convert_internal

/// Copies a view: strings and lists of the answer are its own. Resources are moved, so a view that
/// holds some has to be given up with std::move.
///
///   CronTagged kept = to_owned<CronTagged>(view);
template <class Owned, class View>
[[nodiscard]] Owned to_owned(View&& view) {
  Owned owned{};
  if constexpr (std::is_lvalue_reference_v<View>) {
    convert_internal::convert<convert_internal::Copy>(std::as_const(view), owned, nullptr);
  } else {
    convert_internal::convert<convert_internal::Copy>(view, owned, nullptr);
  }
  return owned;
}

/// A view of an owned value. It is valid as long as `owned` is neither changed nor moved, and until
/// `arena` is reset: lists whose elements have to be views themselves are built there. Resources
/// are moved, so a value that holds some has to be given up with std::move, and still has to stay.
template <class View, class Owned>
[[nodiscard]] View to_view(Owned&& owned, Arena& arena) {
  View view{};
  if constexpr (std::is_lvalue_reference_v<Owned>) {
    convert_internal::convert<convert_internal::Borrow>(std::as_const(owned), view, &arena);
  } else {
    convert_internal::convert<convert_internal::Borrow>(owned, view, &arena);
  }
  return view;
}

/// For generated code: the view of a value whose lists, if any, can be viewed where they are.
template <class View, class Owned>
[[nodiscard]] View borrow_in_place(const Owned& owned) {
  View view{};
  convert_internal::convert<convert_internal::Borrow>(owned, view, nullptr);
  return view;
}

}  // namespace hermes::wasm

// What every type that crosses to a guest has: a Codec.
#pragma once

#include "hermes_native/wasm.h"
#include "wasm/abi/lift_context.hpp"
#include "wasm/abi/lower_context.hpp"

#include <cstddef>
#include <cstdint>

namespace hermes::wasm::abi {

/// Lifts and lowers T by the canonical ABI. Specialised for every type that stands for a WIT type;
/// generated code adds its records, variants, enums and flags. Several C++ types may stand for one
/// WIT type: owned ones (std::string) and views (std::string_view).
///
///   kSize, kAlignment   layout in memory
///   kFlatCount          core values when it is passed flat
///   kHandleCount        occurrences of own and borrow in the type
///   kInPlace            a list of it can be viewed straight on guest memory
///
///   bool load(LiftContext&, const std::byte* from, T& out)
///       Reads it from memory. `from` is aligned, with kSize bytes behind it.
///   bool lift_flat(LiftContext&, const hn_val* from, T& out)
///       Reads it from kFlatCount core values.
///   void measure(LowerContext&, [const] T& value, uint32_t position)
///       Collects the blocks and handles it needs. `position` counts the handles before it.
///   void store(Writer&, std::byte* to, const T& value)
///       Writes it to memory; takes blocks and handles in the order in which measure asked for
///       them.
///   void lower_flat(Writer&, hn_val* to, const T& value)
///       Writes kFlatCount core values.
///
/// load and lift_flat answer false when the guest broke a rule; the context then has the text.
/// `out` is default constructed before. measure cannot fail halfway: LowerContext keeps the first
/// failure. It takes values that hold own handles by mutable reference, because it moves them.
template <class T>
struct Codec;

/// Left out by codecs that cannot be viewed in place.
template <class T>
concept InPlace = requires { requires Codec<T>::kInPlace; };

/// The arguments that every codec of a type without handles and allocations shares.
struct PlainCodec {
  static constexpr std::uint32_t kHandleCount = 0;
  template <class T>
  static void measure(LowerContext& /*context*/, const T& /*value*/, std::uint32_t /*position*/) {}
};

}  // namespace hermes::wasm::abi

// How parameters and results of a whole function travel.
#pragma once

#include "hermes_native/wasm.h"
#include "wasm/abi/codecs.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hermes::wasm::abi {

/// The value that stands behind a parameter type of a C++ function while it is lifted or kept.
template <class Parameter>
struct StorageOf {
  using Type = std::remove_cvref_t<Parameter>;
};
template <std::derived_from<HostResource> R>
  requires(!std::is_const_v<R>)
struct StorageOf<R&> {
  using Type = Borrow<R>;
};

template <class Codec>
[[nodiscard]] consteval std::uint32_t flat_or_memory(std::uint32_t limit) {
  return Codec::kFlatCount <= limit ? Codec::kFlatCount : HN_IN_MEMORY;
}

/// Parameters: flat up to 16 core values, else as a tuple in memory ("lift_flat_values",
/// "lower_flat_values").
template <class... Values>
struct ParametersAbi {
  using Tuple = std::tuple<Values...>;
  using TupleCodec = Codec<Tuple>;
  static constexpr std::uint32_t kFlat = flat_or_memory<TupleCodec>(kMaxFlatParameters);
  static constexpr std::uint32_t kSize = TupleCodec::kSize;
  static constexpr std::uint32_t kAlignment = TupleCodec::kAlignment;
  static constexpr bool kHasHandles = TupleCodec::kHandleCount != 0;

  /// On failure the text in the context names the parameter, counted from 1.
  static bool lift(LiftContext& context, const hn_lifted& values, Tuple& out) {
    const std::byte* memory = nullptr;
    if constexpr (kFlat == HN_IN_MEMORY) {
      if (!context.check_block("parameters", values.offset, 1, kSize, kAlignment, kSize))
          [[unlikely]] {
        return false;
      }
      memory = context.at(values.offset);
    }
    std::size_t failed = 0;
    const bool lifted = [&]<std::size_t... I>(std::index_sequence<I...>) {
      return ((lift_one<I>(context, values.flat, memory, std::get<I>(out)) ||
               (failed = I + 1, false)) &&
              ...);
    }(std::index_sequence_for<Values...>());
    if (!lifted) [[unlikely]] {
      return name_parameter(context, failed);
    }
    return true;
  }

  static void write(Writer& writer, const hn_target& target, const Tuple& values) {
    if constexpr (kFlat == HN_IN_MEMORY) {
      TupleCodec::store(writer, writer.at(target.offset), values);
    } else {
      TupleCodec::lower_flat(writer, target.flat, values);
    }
  }

 private:
  template <std::size_t I, class T>
  static bool lift_one(LiftContext& context, const hn_val* flat, const std::byte* memory, T& out) {
    if constexpr (kFlat == HN_IN_MEMORY) {
      return Codec<T>::load(context, memory + TupleCodec::Layout::kTables.offset[I], out);
    } else {
      return Codec<T>::lift_flat(context, flat + TupleCodec::Layout::kTables.flat[I], out);
    }
  }
  [[gnu::cold, gnu::noinline]] static bool name_parameter(LiftContext& context,
                                                          std::size_t number) {
    std::string& failure = context.call().internals().failure;
    failure.insert(0, "parameter " + std::to_string(number) + ": ");
    return false;
  }
};

/// A result: flat if it is one core value, else in memory.
template <class T>
struct ResultAbi {
  static constexpr std::uint32_t kFlat = flat_or_memory<Codec<T>>(kMaxFlatResults);
  static constexpr std::uint32_t kSize = Codec<T>::kSize;
  static constexpr std::uint32_t kAlignment = Codec<T>::kAlignment;
  static constexpr bool kHasHandles = Codec<T>::kHandleCount != 0;

  static bool lift(LiftContext& context, const hn_lifted& values, T& out) {
    if constexpr (kFlat == HN_IN_MEMORY) {
      if (!context.check_block("result", values.offset, 1, kSize, kAlignment, kSize)) [[unlikely]] {
        return false;
      }
      return Codec<T>::load(context, context.at(values.offset), out);
    } else {
      return Codec<T>::lift_flat(context, values.flat, out);
    }
  }

  static void write(Writer& writer, const hn_target& target, const T& value) {
    if constexpr (kFlat == HN_IN_MEMORY) {
      Codec<T>::store(writer, writer.at(target.offset), value);
    } else {
      Codec<T>::lower_flat(writer, target.flat, value);
    }
  }
};

/// No result at all.
template <>
struct ResultAbi<void> {
  static constexpr std::uint32_t kFlat = 0;
  static constexpr std::uint32_t kSize = 0;
  static constexpr std::uint32_t kAlignment = 1;
  static constexpr bool kHasHandles = false;
};

}  // namespace hermes::wasm::abi

// Codecs of variant, option, result and enum.
#pragma once

#include "wasm/abi/codec.hpp"
#include "wasm/abi/layout.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

namespace hermes::wasm::abi {

/// std::monostate stands for an absent payload, which takes no room.
template <>
struct Codec<std::monostate> : PlainCodec {
  static constexpr std::uint32_t kSize = 0;
  static constexpr std::uint32_t kAlignment = 1;
  static constexpr std::uint32_t kFlatCount = 0;
  static bool load(LiftContext& /*context*/, const std::byte* /*from*/, std::monostate& /*out*/) {
    return true;
  }
  static bool lift_flat(LiftContext& /*context*/, const hn_val* /*from*/, std::monostate& /*out*/) {
    return true;
  }
  static void store(Writer& /*writer*/, std::byte* /*to*/, std::monostate /*value*/) {}
  static void lower_flat(Writer& /*writer*/, hn_val* /*to*/, std::monostate /*value*/) {}
};

template <std::uint32_t CaseCount>
[[nodiscard]] inline std::uint32_t load_discriminant(const std::byte* from) noexcept {
  if constexpr (discriminant_size(CaseCount) == 1) {
    return load_raw<std::uint8_t>(from);
  } else if constexpr (discriminant_size(CaseCount) == 2) {
    return load_raw<std::uint16_t>(from);
  } else {
    return load_raw<std::uint32_t>(from);
  }
}

template <std::uint32_t CaseCount>
inline void store_discriminant(std::byte* to, std::uint32_t value) noexcept {
  if constexpr (discriminant_size(CaseCount) == 1) {
    store_raw(to, static_cast<std::uint8_t>(value));
  } else if constexpr (discriminant_size(CaseCount) == 2) {
    store_raw(to, static_cast<std::uint16_t>(value));
  } else {
    store_raw(to, value);
  }
}

/// enum with CaseCount cases: a C++ enumeration with the values 0 to CaseCount - 1.
///
///   template <>
///   struct Codec<Level> : EnumCodec<Level, 5> {};
template <class T, std::uint32_t CaseCount>
struct EnumCodec : PlainCodec {
  static_assert(std::is_enum_v<T> && CaseCount > 0);
  static constexpr std::uint32_t kSize = discriminant_size(CaseCount);
  static constexpr std::uint32_t kAlignment = kSize;
  static constexpr std::uint32_t kFlatCount = 1;

  static bool load(LiftContext& context, const std::byte* from, T& out) {
    return lift(context, load_discriminant<CaseCount>(from), out);
  }
  static bool lift_flat(LiftContext& context, const hn_val* from, T& out) {
    return lift(context, static_cast<std::uint32_t>(from->bits), out);
  }
  static void measure(LowerContext& context, T value, std::uint32_t /*position*/) {
    if (static_cast<std::uint64_t>(value) >= CaseCount) [[unlikely]] {
      context.fail("an enum value from the host is none of its cases");
    }
  }
  static void store(Writer& /*writer*/, std::byte* to, T value) {
    store_discriminant<CaseCount>(to, static_cast<std::uint32_t>(value));
  }
  static void lower_flat(Writer& /*writer*/, hn_val* to, T value) {
    to->bits = static_cast<std::uint32_t>(value);
  }

 private:
  static bool lift(LiftContext& context, std::uint32_t value, T& out) {
    if (value >= CaseCount) [[unlikely]] {
      return context.fail_discriminant("enum", value, CaseCount);
    }
    out = static_cast<T>(value);
    return true;
  }
};

/// Layout of a discriminant and the payload of one of the cases ("alignment_variant",
/// "elem_size_variant", "flatten_variant"; the payloads share flat values, which are as many as the
/// largest payload needs).
template <class... Payloads>
struct SumLayout {
  static constexpr std::uint32_t kCases = sizeof...(Payloads);
  static constexpr std::uint32_t kDiscriminantSize = discriminant_size(kCases);
  static constexpr std::uint32_t kPayloadAlignment = [] {
    std::uint32_t alignment = 1;
    ((alignment =
          alignment < Codec<Payloads>::kAlignment ? Codec<Payloads>::kAlignment : alignment),
     ...);
    return alignment;
  }();
  static constexpr std::uint32_t kPayloadSize = [] {
    std::uint32_t size = 0;
    ((size = size < Codec<Payloads>::kSize ? Codec<Payloads>::kSize : size), ...);
    return size;
  }();
  static constexpr std::uint32_t kAlignment =
      kPayloadAlignment < kDiscriminantSize ? kDiscriminantSize : kPayloadAlignment;
  static constexpr std::uint32_t kPayloadOffset = align_to(kDiscriminantSize, kPayloadAlignment);
  static constexpr std::uint32_t kSize = align_to(kPayloadOffset + kPayloadSize, kAlignment);
  static constexpr std::uint32_t kFlatCount = 1 + [] {
    std::uint32_t count = 0;
    ((count = count < Codec<Payloads>::kFlatCount ? Codec<Payloads>::kFlatCount : count), ...);
    return count;
  }();
  static constexpr std::uint32_t kHandleCount = (0U + ... + Codec<Payloads>::kHandleCount);
  /// Handles in the cases before each case.
  static constexpr std::array<std::uint32_t, kCases + 1> kHandlesBefore = [] {
    std::array<std::uint32_t, kCases + 1> before{};
    std::size_t index = 0;
    ((before[index + 1] = before[index] + Codec<Payloads>::kHandleCount, ++index), ...);
    return before;
  }();
};

/// The operations on a value with cases. `Access` says how the C++ type holds them:
///   kName                      for failures: "variant"
///   index(value)               the active case
///   emplace<I>(value)          makes case I active, answers its payload, default constructed
///   get<I>(value)              the payload of the active case I
template <class Access, class... Payloads>
struct SumCodec {
  using Layout = SumLayout<Payloads...>;
  static constexpr std::uint32_t kCases = Layout::kCases;
  static constexpr std::uint32_t kSize = Layout::kSize;
  static constexpr std::uint32_t kAlignment = Layout::kAlignment;
  static constexpr std::uint32_t kFlatCount = Layout::kFlatCount;
  static constexpr std::uint32_t kHandleCount = Layout::kHandleCount;

  template <class T>
  static bool load(LiftContext& context, const std::byte* from, T& out) {
    const std::uint32_t active = load_discriminant<kCases>(from);
    if (active >= kCases) [[unlikely]] {
      return context.fail_discriminant(Access::kName, active, kCases);
    }
    bool loaded = false;
    dispatch(active, [&]<std::size_t I>() {
      loaded = Payload<I>::load(context, from + Layout::kPayloadOffset,
                                Access::template emplace<I>(out));
    });
    return loaded;
  }
  template <class T>
  static bool lift_flat(LiftContext& context, const hn_val* from, T& out) {
    const auto active = static_cast<std::uint32_t>(from->bits);
    if (active >= kCases) [[unlikely]] {
      return context.fail_discriminant(Access::kName, active, kCases);
    }
    bool lifted = false;
    dispatch(active, [&]<std::size_t I>() {
      lifted = Payload<I>::lift_flat(context, from + 1, Access::template emplace<I>(out));
    });
    return lifted;
  }
  template <class T>
  static void measure(LowerContext& context, T& value, std::uint32_t position) {
    dispatch(Access::index(value), [&]<std::size_t I>() {
      Payload<I>::measure(context, Access::template get<I>(value),
                          position + Layout::kHandlesBefore[I]);
    });
  }
  template <class T>
  static void store(Writer& writer, std::byte* to, const T& value) {
    const std::uint32_t active = Access::index(value);
    store_discriminant<kCases>(to, active);
    dispatch(active, [&]<std::size_t I>() {
      Payload<I>::store(writer, to + Layout::kPayloadOffset, Access::template get<I>(value));
    });
  }
  template <class T>
  static void lower_flat(Writer& writer, hn_val* to, const T& value) {
    const std::uint32_t active = Access::index(value);
    to->bits = active;
    dispatch(active, [&]<std::size_t I>() {
      Payload<I>::lower_flat(writer, to + 1, Access::template get<I>(value));
      // Flat values that only other cases use are zero.
      for (std::uint32_t unused = 1 + Payload<I>::kFlatCount; unused < kFlatCount; ++unused) {
        to[unused].bits = 0;
      }
    });
  }

 private:
  template <std::size_t I>
  using Payload = Codec<std::tuple_element_t<I, std::tuple<Payloads...>>>;

  /// Calls `visit.operator()<I>()` for the I that equals `active`.
  template <class Visit>
  static void dispatch(std::uint32_t active, Visit&& visit) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      static_cast<void>(((active == I && (visit.template operator()<I>(), true)) || ...));
    }(std::index_sequence_for<Payloads...>());
  }
};

struct OptionAccess {
  static constexpr const char* kName = "option";
  template <class T>
  static std::uint32_t index(const std::optional<T>& value) noexcept {
    return value.has_value() ? 1 : 0;
  }
  template <std::size_t I, class T>
  static decltype(auto) emplace(std::optional<T>& value) {
    if constexpr (I == 0) {
      value.reset();
      return none();
    } else {
      return value.emplace();
    }
  }
  template <std::size_t I, class T>
  static decltype(auto) get(T& value) noexcept {
    if constexpr (I == 0) {
      return none();
    } else {
      return *value;
    }
  }

 private:
  static std::monostate& none() noexcept {
    static constinit std::monostate absent;
    return absent;
  }
};

/// option<T>
template <class T>
struct Codec<std::optional<T>> : SumCodec<OptionAccess, std::monostate, T> {};

struct ResultAccess {
  static constexpr const char* kName = "result";
  template <class T, class E>
  static std::uint32_t index(const std::expected<T, E>& value) noexcept {
    return value.has_value() ? 0 : 1;
  }
  template <std::size_t I, class T, class E>
  static auto& emplace(std::expected<T, E>& value) {
    if constexpr (I == 0) {
      value = T();
      return *value;
    } else {
      value = std::unexpected(E());
      return value.error();
    }
  }
  template <std::size_t I, class T>
  static auto& get(T& value) noexcept {
    if constexpr (I == 0) {
      return *value;
    } else {
      return value.error();
    }
  }
};

/// result<T, E>, with std::monostate for a payload that is absent (`_`).
template <class T, class E>
struct Codec<std::expected<T, E>> : SumCodec<ResultAccess, T, E> {};

/// A case struct of a variant: its payload is the member `value`, if it has one.
template <class Case>
struct CasePayload {
  using Type = std::monostate;
};
template <class Case>
  requires requires(Case& c) { c.value; }
struct CasePayload<Case> {
  using Type = decltype(Case::value);
};

struct VariantAccess {
  static constexpr const char* kName = "variant";
  template <class T>
  static std::uint32_t index(const T& value) noexcept {
    return static_cast<std::uint32_t>(value.value.index());
  }
  template <std::size_t I, class T>
  static auto& emplace(T& value) {
    return payload(value.value.template emplace<I>());
  }
  template <std::size_t I, class T>
  static auto& get(T& value) noexcept {
    return payload(*std::get_if<I>(&value.value));
  }

 private:
  template <class Case>
  static auto& payload(Case& active) noexcept {
    if constexpr (requires { active.value; }) {
      return active.value;
    } else {
      static constinit std::monostate absent;
      return absent;
    }
  }
};

template <class Variant>
struct VariantCodecFor;
template <class... Cases>
struct VariantCodecFor<std::variant<Cases...>>
    : SumCodec<VariantAccess, typename CasePayload<Cases>::Type...> {};

/// variant: a struct with a member `std::variant<Case...> value`, whose alternatives are one struct
/// per case, in WIT order, so that cases may have the same payload type. A case struct holds its
/// payload in a member `value`, or is empty.
///
///   struct Shape {
///     struct Dot {};
///     struct Circle { double value = 0; };
///     std::variant<Dot, Circle> value;
///   };
///   template <>
///   struct Codec<Shape> : VariantCodec<Shape> {};
template <class T>
struct VariantCodec : VariantCodecFor<decltype(T::value)> {};

}  // namespace hermes::wasm::abi

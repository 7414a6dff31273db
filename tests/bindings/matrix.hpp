// What the generated drivers of the matrix are made of.
#pragma once

#include "value_text.hpp"
#include "wasm/call_context.hpp"
#include "wasm/convert.hpp"
#include "wasm/export_call.hpp"
#include "wasm/linker.hpp"
#include "wasm/trap.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace hermes::matrix {

/// A resource of the matrix.
template <class Thing>
class NumberedThing final : public Thing, public Numbered {
 public:
  explicit NumberedThing(std::uint32_t number) : number_(number) {}
  [[nodiscard]] std::uint32_t number() const noexcept override { return number_; }

 private:
  std::uint32_t number_;
};

/// Puts a new resource into a call's table; its slot is the representation.
template <class Thing>
std::uint32_t make_thing(void* context, std::uint32_t number) {
  std::unique_ptr<Thing> thing = std::make_unique<NumberedThing<Thing>>(number);
  return static_cast<wasm::CallContext*>(context)->resources().insert(thing).value();
}

/// The number of the resource in a slot.
template <class Thing>
std::uint32_t number_of(void* context, std::uint32_t slot) {
  const Thing* const thing =
      static_cast<wasm::CallContext*>(context)->resources().find<Thing>(slot);
  return thing == nullptr ? UINT32_MAX : dynamic_cast<const Numbered&>(*thing).number();
}

template <class R>
struct IsTuple : std::false_type {};
template <class... Items>
struct IsTuple<std::tuple<Items...>> : std::true_type {};

/// Whether values of type R can be copied: they hold no handle.
template <class R>
inline constexpr bool kCopyable = wasm::abi::Codec<R>::kHandleCount == 0;

/// What the host of the matrix got last.
class Recorder {
 public:
  /// Text of the arguments, separated by commas.
  std::string received;
  /// The arguments as an owned value of the function's result type.
  std::shared_ptr<void> value;
  /// Values that cannot be copied are given back, or, with this, kept: then the guest is stopped.
  bool keep = false;

  void clear() {
    received.clear();
    value.reset();
  }

  /// A host function: notes what it got, and gives it back.
  template <class R, class... Arguments>
  wasm::HostResult<R> echo(wasm::CallContext& /*call*/, Arguments&&... arguments) {
    received.clear();
    ((received += received.empty() ? "" : ",",
      write_text<std::remove_cvref_t<Arguments>>(received, arguments)),
     ...);
    R result = collect<R>(std::forward<Arguments>(arguments)...);
    if constexpr (kCopyable<R>) {
      value = std::make_shared<R>(result);
    } else if (keep) {
      value = std::make_shared<R>(std::move(result));
      return wasm::trap("kept");
    }
    return result;
  }

 private:
  template <class To, class From>
  static To own(From&& from) {
    if constexpr (std::is_same_v<To, std::remove_cvref_t<From>>) {
      return std::forward<From>(from);
    } else {
      return wasm::to_owned<To>(std::forward<From>(from));
    }
  }

  template <class R, class First, class... Rest>
  static R collect(First&& first, Rest&&... rest) {
    if constexpr (sizeof...(Rest) == 0) {
      return own<R>(std::forward<First>(first));
    } else if constexpr (IsTuple<R>::value) {
      return [&]<std::size_t... I>(std::index_sequence<I...>, auto&& all) {
        return R(own<std::tuple_element_t<I, R>>(std::get<I>(std::forward<decltype(all)>(all)))...);
      }(std::index_sequence_for<First, Rest...>(),
             std::forward_as_tuple(std::forward<First>(first), std::forward<Rest>(rest)...));
    } else {
      // Borrows cannot be given back: the number between them is.
      return std::get<const R&>(
          std::forward_as_tuple(std::as_const(first), std::as_const(rest)...));
    }
  }
};

/// A call of an export with a value that the host got before.
class CallOfValue {
 public:
  virtual ~CallOfValue() = default;
  [[nodiscard]] virtual wasm::ExportCall& call() = 0;
  /// Text of the result, once there is one.
  [[nodiscard]] virtual std::string result_text() const = 0;
};

/// `Got` is what the host got: R, or R with the host's types for what has handles inside.
template <class Call, class Got, class... Parameters>
class TypedCallOfValue final : public CallOfValue {
 public:
  explicit TypedCallOfValue(std::shared_ptr<void> value)
      : value_(std::static_pointer_cast<Got>(std::move(value))),
        call_(make(std::index_sequence_for<Parameters...>())) {}

  [[nodiscard]] wasm::ExportCall& call() override { return call_; }
  [[nodiscard]] std::string result_text() const override { return to_text(call_.result()); }

 private:
  template <std::size_t... I>
  Call make(std::index_sequence<I...>) {
    if constexpr (sizeof...(Parameters) == 1) {
      return Call(wasm::to_view<Parameters>(std::move(*value_), arena_)...);
    } else {
      return Call(wasm::to_view<Parameters>(std::move(std::get<I>(*value_)), arena_)...);
    }
  }

  // The views in the call refer to the value and the arena.
  std::shared_ptr<Got> value_;
  wasm::Arena arena_;
  Call call_;
};

/// One function of the matrix.
struct Case {
  std::string_view name;
  const wasm::ExportType* type = nullptr;
  std::size_t parameters = 0;
  /// Whether it answers what it got; borrows it cannot.
  bool gives_back = true;
  /// Whether its values hold no handle.
  bool copyable = true;
  /// Null for functions that borrow.
  std::unique_ptr<CallOfValue> (*call_with)(std::shared_ptr<void> value) = nullptr;
};

template <class Call, class Got, const wasm::FunctionType& Type, class R, class... Parameters>
Case case_of(const wasm::TypedCall<Type, R(Parameters...)>* /*base*/) {
  Case result{.name = Type.name,
              .type = &Call::kExport,
              .parameters = sizeof...(Parameters),
              .gives_back = !(std::is_reference_v<Parameters> || ...),
              .call_with = nullptr};
  result.copyable = kCopyable<Got>;
  if constexpr (!(std::is_reference_v<Parameters> || ...)) {
    result.call_with = [](std::shared_ptr<void> value) -> std::unique_ptr<CallOfValue> {
      return std::make_unique<TypedCallOfValue<Call, Got, Parameters...>>(std::move(value));
    };
  }
  return result;
}

template <class Call, class Got>
Case make_case() {
  return case_of<Call, Got>(static_cast<const Call*>(nullptr));
}

/// The functions of one generated interface.
struct Part {
  std::string_view interface_name;
  std::vector<Case> cases = {};
  /// Defines the resource.
  std::function<Result<void>(wasm::Linker&)> link_things = {};
  /// Defines the functions, by the generated bindings.
  std::function<Result<void>(wasm::Linker&)> link = {};
  std::uint32_t (*make)(void* context, std::uint32_t number) = nullptr;
  std::uint32_t (*number)(void* context, std::uint32_t slot) = nullptr;
};

}  // namespace hermes::matrix

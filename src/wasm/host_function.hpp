// Thunks: from the callbacks of the native library to member functions of C++ hosts.
//
// A thunk runs on the guest's fiber. It must not throw, must not block, and must have returned
// before the guest runs again.
#pragma once

#include "hermes_native/wasm.h"
#include "wasm/abi/function_abi.hpp"
#include "wasm/call_context.hpp"
#include "wasm/completion.hpp"
#include "wasm/error.hpp"
#include "wasm/function_type.hpp"
#include "wasm/trap.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hermes::wasm {

/// Makes the error of a call whose values broke a rule, from the text in the context: "call of
/// hermes:cron/api.add: parameter 1: string is not valid UTF-8".
[[nodiscard, gnu::cold, gnu::noinline]] hn_error* take_failure(CallContext& context,
                                                               const FunctionType& type);
/// Makes the error of a call that a host function stopped.
[[nodiscard, gnu::cold, gnu::noinline]] hn_error* make_host_error(const Trap& trap,
                                                                  const FunctionType& type);

/// The types in a host function's member pointer.
///
///   HostResult<R> (Class::*)(CallContext&, Parameters...)              returns its result
///   void (Class::*)(CallContext&, Parameters..., Completion<R>)        suspends the guest
template <class Pointer>
struct HostMethod;

template <class ClassType, class ResultType, class... Parameters>
struct HostMethod<HostResult<ResultType> (ClassType::*)(CallContext&, Parameters...)> {
  using Class = ClassType;
  using Result = ResultType;
  using ParameterTypes = std::tuple<std::type_identity<Parameters>...>;
  static constexpr bool kSuspends = false;
};

template <class ClassType, class... Parameters>
  requires(sizeof...(Parameters) > 0)
struct HostMethod<void (ClassType::*)(CallContext&, Parameters...)> {
 private:
  using All = std::tuple<std::type_identity<Parameters>...>;
  template <class T>
  struct CompletionResult;
  template <class R>
  struct CompletionResult<std::type_identity<Completion<R>>> {
    using Type = R;
  };
  template <std::size_t... I>
  static std::tuple<std::tuple_element_t<I, All>...> first(std::index_sequence<I...>);

 public:
  using Class = ClassType;
  using Result =
      typename CompletionResult<std::tuple_element_t<sizeof...(Parameters) - 1, All>>::Type;
  using ParameterTypes = decltype(first(std::make_index_sequence<sizeof...(Parameters) - 1>()));
  static constexpr bool kSuspends = true;
};

/// The callbacks for one member function. A member of a HostResource is a method: its object is the
/// first parameter, `borrow<self>`; any other class is a host, and `env` points to it.
template <auto Method, const FunctionType& Type>
class HostThunk {
  using Traits = HostMethod<decltype(Method)>;
  using Class = typename Traits::Class;
  using Result = typename Traits::Result;
  using ParameterTypes = typename Traits::ParameterTypes;
  static constexpr bool kOnResource = std::derived_from<Class, HostResource>;
  static constexpr std::size_t kParameters = std::tuple_size_v<ParameterTypes>;

  template <std::size_t I>
  using Parameter = typename std::tuple_element_t<I, ParameterTypes>::type;

  template <class Indices>
  struct AbiOf;
  template <std::size_t... I>
  struct AbiOf<std::index_sequence<I...>> {
    using Plain = abi::ParametersAbi<typename abi::StorageOf<Parameter<I>>::Type...>;
    using WithSelf =
        abi::ParametersAbi<Borrow<Class>, typename abi::StorageOf<Parameter<I>>::Type...>;
  };
  using Indices = std::make_index_sequence<kParameters>;
  template <bool HasSelf, class Abis>
  struct Choose {
    using Chosen = typename Abis::Plain;
  };
  template <class Abis>
  struct Choose<true, Abis> {
    using Chosen = typename Abis::WithSelf;
  };

 public:
  using Parameters = typename Choose<kOnResource, AbiOf<Indices>>::Chosen;
  using Results = abi::ResultAbi<Result>;

  /// What the linker registers. `env`: the host; null for methods of resources.
  [[nodiscard]] static hn_host_function describe(void* env) noexcept {
    return hn_host_function{
        .interface_name = to_native(Type.interface_name),
        .name = to_native(Type.name),
        .signature = to_native(Type.signature),
        .flat_parameters = Parameters::kFlat,
        .flat_results = Results::kFlat,
        .flags = (Parameters::kHasHandles ? std::uint32_t{HN_PARAMETERS_HAVE_HANDLES} : 0U) |
                 (Results::kHasHandles ? std::uint32_t{HN_RESULT_HAS_HANDLES} : 0U) |
                 (Traits::kSuspends ? std::uint32_t{HN_SUSPENDS} : 0U),
        .env = env,
        .call = &call,
        .resume = Traits::kSuspends ? &resume : nullptr,
        .write = &write,
    };
  }

  static hn_host_status call(void* env, void* context, const hn_lifted* values,
                             hn_lowering* lowering, hn_error** trap) noexcept {
    CallContext& call_context = *static_cast<CallContext*>(context);
    call_context.internals().arena.reset();
    abi::LiftContext lift(call_context, *values);
    typename Parameters::Tuple parameters;
    if (!Parameters::lift(lift, *values, parameters)) [[unlikely]] {
      *trap = take_failure(call_context, Type);
      return HN_HOST_TRAP;
    }
    if constexpr (Traits::kSuspends) {
      return start(env, call_context, values->encoding, parameters, lowering, trap);
    } else {
      HostResult<Result>& result =
          call_context.internals().result.template emplace_with<HostResult<Result>>(
              [&] { return invoke(env, call_context, parameters); });
      return finish(call_context, values->encoding, result, lowering, trap);
    }
  }

  static hn_host_status resume(void* /*env*/, void* context, hn_string_encoding encoding,
                               hn_lowering* lowering, hn_error** trap) noexcept {
    CallContext& call_context = *static_cast<CallContext*>(context);
    auto& state = static_cast<CompletionState<Result>&>(*call_context.internals().pending);
    if (!state.ready_or_wait()) {
      return HN_HOST_PENDING;
    }
    const hn_host_status status = deliver(call_context, encoding, state, lowering, trap);
    call_context.internals().pending = Ref<PendingHostCall>();
    return status;
  }

  static void write(void* /*env*/, void* context, const hn_target* target) noexcept {
    CallContext& call_context = *static_cast<CallContext*>(context);
    if constexpr (!std::is_void_v<Result>) {
      abi::Writer writer(call_context, *target);
      Results::write(writer, *target,
                     *call_context.internals().result.template get<HostResult<Result>>());
    }
    call_context.internals().result.clear();
    call_context.internals().arena.reset();
  }

 private:
  template <class... More>
  static auto invoke(void* env, CallContext& context, typename Parameters::Tuple& parameters,
                     More&&... more) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      if constexpr (kOnResource) {
        return (std::get<0>(parameters).get().*Method)(
            context, static_cast<Parameter<I>&&>(std::get<I + 1>(parameters))...,
            std::forward<More>(more)...);
      } else {
        return (static_cast<Class*>(env)->*Method)(
            context, static_cast<Parameter<I>&&>(std::get<I>(parameters))...,
            std::forward<More>(more)...);
      }
    }(Indices());
  }

  static hn_host_status start(void* env, CallContext& context, hn_string_encoding encoding,
                              typename Parameters::Tuple& parameters, hn_lowering* lowering,
                              hn_error** trap) {
    const auto state =
        Ref<CompletionState<Result>>::adopt(new CompletionState<Result>(context.waker()));
    invoke(env, context, parameters, Completion<Result>(state));
    if (state->ready_or_wait()) {
      return deliver(context, encoding, *state, lowering, trap);
    }
    context.internals().pending = Ref<PendingHostCall>::share(state.get());
    // Whoever goes on elsewhere has copied what it needs; a guest that waits keeps no memory here.
    context.internals().arena.reset();
    return HN_HOST_PENDING;
  }

  static hn_host_status deliver(CallContext& context, hn_string_encoding encoding,
                                CompletionState<Result>& state, hn_lowering* lowering,
                                hn_error** trap) {
    HostResult<Result>& result =
        context.internals().result.template emplace_with<HostResult<Result>>(
            [&] { return std::move(*state.result); });
    return finish(context, encoding, result, lowering, trap);
  }

  static hn_host_status finish(CallContext& context, hn_string_encoding encoding,
                               HostResult<Result>& result, hn_lowering* lowering, hn_error** trap) {
    if (!result.has_value()) [[unlikely]] {
      *trap = make_host_error(result.error(), Type);
      context.internals().result.clear();
      return HN_HOST_TRAP;
    }
    if constexpr (!std::is_void_v<Result>) {
      abi::LowerContext lower(context, encoding);
      abi::Codec<Result>::measure(lower, *result, 0);
      if (lower.failed()) [[unlikely]] {
        *trap = take_failure(context, Type);
        context.internals().result.clear();
        return HN_HOST_TRAP;
      }
      lower.finish(*lowering);
    } else {
      // Without a result, write is not called.
      context.internals().result.clear();
      context.internals().arena.reset();
    }
    return HN_HOST_DONE;
  }
};

}  // namespace hermes::wasm

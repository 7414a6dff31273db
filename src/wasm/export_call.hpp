// One call of an exported function: its arguments and, afterwards, its result.
#pragma once

#include "hermes_native/http.h"
#include "hermes_native/wasm.h"
#include "wasm/abi/function_abi.hpp"
#include "wasm/call_context.hpp"
#include "wasm/host_function.hpp"
#include "wasm/instance_pre.hpp"

#include <cassert>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace hermes::wasm {

/// Base of every call of an export, generated or of wasi:http (HttpHandle). Stays where it is, and
/// alive, until the call has ended.
class ExportCall {
 public:
  ExportCall(const ExportCall&) = delete;
  ExportCall& operator=(const ExportCall&) = delete;

  /// For Call.
  [[nodiscard]] const hn_export_callbacks& callbacks() const noexcept { return callbacks_; }
  /// For Call: the exchange to serve, where there are no values to lower and lift; else null.
  [[nodiscard]] hn_http_handle* http() const noexcept { return http_; }

 protected:
  explicit ExportCall(const hn_export_callbacks& callbacks) noexcept : callbacks_(callbacks) {}
  explicit ExportCall(hn_http_handle* http) noexcept : http_(http) {}
  ~ExportCall() = default;

 private:
  hn_export_callbacks callbacks_{};
  hn_http_handle* http_ = nullptr;
};

/// A call of an export with the signature R(Parameters...). Generated code derives from it:
///
///   inline constexpr FunctionType kOnCronType{...};
///   class OnCron final : public TypedCall<kOnCronType, bool(CronTaggedView, bool)> {
///    public:
///     using TypedCall::TypedCall;
///   };
///
/// Arguments are kept as they are given: what a view refers to must live until the call has ended.
/// Own handles are moved into the call's context when the call starts to run.
template <const FunctionType& Type, class Signature>
class TypedCall;

template <const FunctionType& Type, class R, class... Parameters>
class TypedCall<Type, R(Parameters...)> : public ExportCall {
  using Arguments = abi::ParametersAbi<typename abi::StorageOf<Parameters>::Type...>;
  using Results = abi::ResultAbi<R>;
  using Value = std::conditional_t<std::is_void_v<R>, std::tuple<>, R>;

 public:
  static constexpr ExportType kExport{
      .function = Type,
      .flat_parameters = Arguments::kFlat,
      .parameters_size = Arguments::kSize,
      .parameters_alignment = Arguments::kAlignment,
      .flat_results = Results::kFlat,
      .result_size = Results::kSize,
      .result_alignment = Results::kAlignment,
      .flags = (Arguments::kHasHandles ? std::uint32_t{HN_PARAMETERS_HAVE_HANDLES} : 0U) |
               (Results::kHasHandles ? std::uint32_t{HN_RESULT_HAS_HANDLES} : 0U),
  };

  explicit TypedCall(Parameters... arguments)
      : ExportCall(
            hn_export_callbacks{.env = this, .measure = &measure, .write = &write, .lift = &lift}),
        arguments_(static_cast<Parameters&&>(arguments)...) {}

  /// Whether the export has returned.
  [[nodiscard]] bool has_result() const noexcept { return result_.has_value(); }
  /// What it returned. Only after success. Owned values: they stay when the instance is gone.
  [[nodiscard]] const Value& result() const
    requires(!std::is_void_v<R>)
  {
    assert(result_.has_value());
    return *result_;
  }
  /// The same, to move from.
  [[nodiscard]] Value& result()
    requires(!std::is_void_v<R>)
  {
    assert(result_.has_value());
    return *result_;
  }

 private:
  static hn_error* measure(void* env, void* context, hn_string_encoding encoding,
                           hn_lowering* lowering) noexcept {
    TypedCall& self = *static_cast<TypedCall*>(env);
    CallContext& call_context = *static_cast<CallContext*>(context);
    self.result_.reset();
    abi::LowerContext lower(call_context, encoding);
    Arguments::TupleCodec::measure(lower, self.arguments_, 0);
    if (lower.failed()) [[unlikely]] {
      return take_failure(call_context, Type);
    }
    lower.finish(*lowering);
    return nullptr;
  }

  static void write(void* env, void* context, const hn_target* target) noexcept {
    TypedCall& self = *static_cast<TypedCall*>(env);
    abi::Writer writer(*static_cast<CallContext*>(context), *target);
    Arguments::write(writer, *target, self.arguments_);
  }

  static hn_error* lift(void* env, void* context, const hn_lifted* values) noexcept {
    TypedCall& self = *static_cast<TypedCall*>(env);
    CallContext& call_context = *static_cast<CallContext*>(context);
    call_context.end_borrows();
    Value& result = self.result_.emplace();
    if constexpr (!std::is_void_v<R>) {
      call_context.internals().arena.reset();
      abi::LiftContext lift_context(call_context, *values);
      if (!Results::lift(lift_context, *values, result)) [[unlikely]] {
        self.result_.reset();
        return take_failure(call_context, Type);
      }
    }
    return nullptr;
  }

  typename Arguments::Tuple arguments_;
  std::optional<Value> result_;
};

}  // namespace hermes::wasm

// A component with all its imports resolved, and its exports.
#pragma once

#include "base/result.hpp"
#include "hermes_native/wasm.h"
#include "wasm/function_type.hpp"

#include <cstdint>
#include <memory>
#include <optional>

namespace hermes::wasm {

class Component;
class Linker;

/// What the canonical ABI has to know to call an export. Constants of generated code.
struct ExportType {
  FunctionType function;
  std::uint32_t flat_parameters = 0;
  std::uint32_t parameters_size = 0;
  std::uint32_t parameters_alignment = 1;
  std::uint32_t flat_results = 0;
  std::uint32_t result_size = 0;
  std::uint32_t result_alignment = 1;
  /// A set of HN_PARAMETERS_HAVE_HANDLES and HN_RESULT_HAS_HANDLES.
  std::uint32_t flags = 0;
};

/// An exported function, resolved once per component. Copies share it. Any thread may use it; it
/// must outlive the calls that it is started with.
class ExportFunc {
 public:
  /// Borrowed.
  [[nodiscard]] const hn_export* native() const noexcept { return native_.get(); }

 private:
  friend class InstancePre;
  explicit ExportFunc(std::shared_ptr<const hn_export> native) : native_(std::move(native)) {}
  /// Nothing for null.
  static std::optional<ExportFunc> adopt(hn_export* native);
  std::shared_ptr<const hn_export> native_;
};

/// Ready to be instantiated per call, without looking anything up by name. Copies share it. Any
/// thread may use it.
class InstancePre {
 public:
  /// Fails with the whole list when imports are missing, and with the name and both types when a
  /// function's type differs.
  [[nodiscard]] static Result<InstancePre> create(const Linker& linker, const Component& component);

  /// The function, or nothing when the component does not export it. A different type is an error.
  [[nodiscard]] Result<std::optional<ExportFunc>> find_export(const ExportType& type) const;

  /// The function that a generated call class calls: `pre.find<OnCron>()`.
  template <class TypedCall>
  [[nodiscard]] Result<std::optional<ExportFunc>> find() const {
    return find_export(TypedCall::kExport);
  }

  /// `wasi:http/incoming-handler#handle` of any version 0.2.x, to be called with an HttpHandle; or
  /// nothing when the component does not export it.
  [[nodiscard]] Result<std::optional<ExportFunc>> find_http_handler() const;

  /// Borrowed.
  [[nodiscard]] const hn_pre* native() const noexcept { return native_.get(); }

 private:
  explicit InstancePre(std::shared_ptr<const hn_pre> native) : native_(std::move(native)) {}
  std::shared_ptr<const hn_pre> native_;
};

}  // namespace hermes::wasm

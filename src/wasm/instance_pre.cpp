#include "wasm/instance_pre.hpp"

#include "hermes_native/http.h"
#include "wasm/component.hpp"
#include "wasm/error.hpp"
#include "wasm/linker.hpp"

#include <utility>

namespace hermes::wasm {

Result<InstancePre> InstancePre::create(const Linker& linker, const Component& component) {
  hn_pre* native = nullptr;
  if (Result<void> made = check(hn_pre_new(linker.native(), component.native(), &native)); !made) {
    return std::unexpected(std::move(made).error());
  }
  return InstancePre(std::shared_ptr<const hn_pre>(
      native, [](const hn_pre* pre) { hn_pre_delete(const_cast<hn_pre*>(pre)); }));
}

Result<std::optional<ExportFunc>> InstancePre::find_export(const ExportType& type) const {
  const hn_export_type native_type{
      .signature = to_native(type.function.signature),
      .flat_parameters = type.flat_parameters,
      .parameters_size = type.parameters_size,
      .parameters_alignment = type.parameters_alignment,
      .flat_results = type.flat_results,
      .result_size = type.result_size,
      .result_alignment = type.result_alignment,
      .flags = type.flags,
  };
  hn_export* native = nullptr;
  if (Result<void> found =
          check(hn_pre_find_export(native_.get(), to_native(type.function.interface_name),
                                   to_native(type.function.name), &native_type, &native));
      !found) {
    return std::unexpected(std::move(found).error());
  }
  return ExportFunc::adopt(native);
}

Result<std::optional<ExportFunc>> InstancePre::find_http_handler() const {
  hn_export* native = nullptr;
  if (Result<void> found = check(hn_pre_find_http_handler(native_.get(), &native)); !found) {
    return std::unexpected(std::move(found).error());
  }
  return ExportFunc::adopt(native);
}

std::optional<ExportFunc> ExportFunc::adopt(hn_export* native) {
  if (native == nullptr) return std::nullopt;
  return ExportFunc(std::shared_ptr<const hn_export>(native, [](const hn_export* exported) {
    hn_export_delete(const_cast<hn_export*>(exported));
  }));
}

}  // namespace hermes::wasm

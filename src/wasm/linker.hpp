// What the host offers to components.
#pragma once

#include "base/result.hpp"
#include "hermes_native/wasm.h"
#include "wasm/call_context.hpp"
#include "wasm/component.hpp"
#include "wasm/function_type.hpp"
#include "wasm/host_function.hpp"

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::wasm {

class Engine;

/// An import of a component that the linker does not provide, or not all of it.
struct MissingImport {
  /// As the component names it: an interface with its version, or a function or resource that its
  /// world imports outside of any interface. Such an import has nothing inside: the lists are
  /// empty.
  std::string interface_name;
  std::vector<std::string> functions;
  std::vector<std::string> resources;
  /// The version of the interface that is provided instead, if there is one.
  std::optional<std::string> provided_version;
};

/// One line per import: "hermes:kv-store/api: kv-get, kv-set".
[[nodiscard]] std::string to_string(const std::vector<MissingImport>& missing);

/// Collects host functions; InstancePre resolves a component's imports against it. Filled by one
/// thread; afterwards any thread may use it. The hosts must outlive every call of what was linked.
class Linker {
 public:
  [[nodiscard]] static Result<Linker> create(const Engine& engine);

  /// WASI 0.2 and wasi:http, from Wasmtime.
  [[nodiscard]] Result<void> add_wasi();

  /// A linker with the same functions, to which more can be added.
  [[nodiscard]] Linker clone() const;

  /// What keeps `component` from being linked; empty when nothing does. Versions match as semantic
  /// versions.
  [[nodiscard]] Result<std::vector<MissingImport>> missing_imports(
      const Component& component) const;

  /// Makes whatever `component` lacks trap when it is called, with the function's name.
  [[nodiscard]] Result<void> trap_missing_imports(const Component& component);

  /// Borrowed.
  [[nodiscard]] hn_linker* native() const noexcept { return native_.get(); }

 private:
  friend class InterfaceLinker;
  struct Deleter {
    void operator()(hn_linker* linker) const noexcept { hn_linker_delete(linker); }
  };
  Linker(hn_linker* native, std::uint32_t next_resource_type)
      : native_(native), next_resource_type_(next_resource_type) {}

  std::unique_ptr<hn_linker, Deleter> native_;
  std::uint32_t next_resource_type_;
};

/// Adds one interface to a linker. The first failure ends it, and is the answer of finish().
///
///   InterfaceLinker api(linker, "hermes:cron/api");
///   api.resource<Block>("block");
///   api.function<&Host::add, kAdd>(host);
///   api.method<&Block::get_slot, kBlockGetSlot>();
///   return api.finish();
class InterfaceLinker {
 public:
  /// Makes the interface known, also when it has nothing but types. An empty name stands for what a
  /// world imports outside of any interface.
  InterfaceLinker(Linker& linker, std::string_view interface_name);
  InterfaceLinker(const InterfaceLinker&) = delete;
  InterfaceLinker& operator=(const InterfaceLinker&) = delete;

  /// Defines a resource; must precede the functions that use it. Its destructor is that of R.
  template <std::derived_from<HostResource> R>
  InterfaceLinker& resource(std::string_view name) {
    return add_resource(name);
  }

  /// A function of `host`: of the interface itself, a constructor, or a static function.
  template <auto Method, const FunctionType& Type, class Host>
  InterfaceLinker& function(Host& host) {
    using Class = typename HostMethod<decltype(Method)>::Class;
    static_assert(!std::derived_from<Class, HostResource>, "methods of resources go to method()");
    return add_function(HostThunk<Method, Type>::describe(static_cast<Class*>(&host)));
  }

  /// A method of a resource of the host.
  template <auto Method, const FunctionType& Type>
  InterfaceLinker& method() {
    using Class = typename HostMethod<decltype(Method)>::Class;
    static_assert(std::derived_from<Class, HostResource>, "functions of a host go to function()");
    return add_function(HostThunk<Method, Type>::describe(nullptr));
  }

  /// Success, or the first failure.
  [[nodiscard]] Result<void> finish();

 private:
  InterfaceLinker& add_resource(std::string_view name);
  InterfaceLinker& add_function(const hn_host_function& function);

  Linker& linker_;
  std::string interface_name_;
  Result<void> result_;
};

}  // namespace hermes::wasm

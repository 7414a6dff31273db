// A compiled component, and what it imports and exports.
#pragma once

#include "base/result.hpp"
#include "hermes_native/wasm.h"
#include "wasm/file_descriptor.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::wasm {

class Engine;

/// One import or export of a component.
struct ComponentItem {
  enum class Kind {
    kInstance,
    kFunction,
    kType,
    kResource,
    kModule,
    kComponent,
    kValue,
    kCoreFunction,
  };

  struct Function {
    /// As the component model names it: "add", "[method]block.get-slot".
    std::string name;
    /// In the notation of hermes_native/wasm.h, "Signatures".
    std::string signature;
    bool operator==(const Function&) const = default;
  };

  /// "hermes:cron/api", "wasi:io/streams@0.2.6", "run".
  std::string name;
  Kind kind = Kind::kInstance;
  /// Of a function; empty for every other kind.
  std::string signature;
  /// Of an instance (an interface); empty for every other kind.
  std::vector<Function> functions;
  std::vector<std::string> types;
  std::vector<std::string> resources;

  bool operator==(const ComponentItem&) const = default;
};

/// The outside of a component: its world.
struct ComponentType {
  std::vector<ComponentItem> imports;
  std::vector<ComponentItem> exports;
  bool operator==(const ComponentType&) const = default;
};

/// Reads the JSON form that hn_component_describe documents.
[[nodiscard]] Result<ComponentType> parse_component_type(std::string_view json);

/// A handle to compiled code, mapped into this process. Copies refer to the same code. Keeps its
/// engine alive. Any thread may use it.
class Component {
 public:
  /// Maps the artefact in `file`, which may be closed afterwards. The bytes are trusted completely:
  /// they must come from a Compiler, directly or through a CompileCache, which verifies them. Use
  /// load_component() of component_loader.hpp.
  [[nodiscard]] static Result<Component> load_trusted(const Engine& engine,
                                                      const FileDescriptor& file);

  Component(const Component& other) : component_(hn_component_clone(other.component_.get())) {}
  Component& operator=(const Component& other) {
    if (this != &other) component_.reset(hn_component_clone(other.component_.get()));
    return *this;
  }
  Component(Component&&) noexcept = default;
  Component& operator=(Component&&) noexcept = default;
  ~Component() = default;

  /// Imports and exports with all signatures. Not for hot paths.
  [[nodiscard]] Result<ComponentType> describe() const;

  /// For the rest of this layer only. Borrowed.
  [[nodiscard]] const hn_component* native() const { return component_.get(); }

 private:
  struct Deleter {
    void operator()(hn_component* component) const noexcept { hn_component_delete(component); }
  };

  explicit Component(hn_component* owned) : component_(owned) {}

  std::unique_ptr<hn_component, Deleter> component_;
};

}  // namespace hermes::wasm

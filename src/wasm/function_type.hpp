// Names and types of functions, as they are matched when a component is linked.
#pragma once

#include <string_view>

namespace hermes::wasm {

/// A function of an interface. Constants, one per WIT function, made by the generator.
struct FunctionType {
  /// "hermes:cron/api", with its version if it has one; empty for a function of the world itself.
  std::string_view interface_name;
  /// As the component model names it: "add", "[method]block.get-slot", "[constructor]block".
  std::string_view name;
  /// The type in the notation of hermes_native/wasm.h ("Signatures").
  std::string_view signature;
};

}  // namespace hermes::wasm

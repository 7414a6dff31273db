// Real guests for tests: core modules in WebAssembly text, made components and compiled in this
// process.
#pragma once

#include "base/result.hpp"
#include "hermes_native/wasm.h"
#include "wasm/component.hpp"
#include "wasm/engine.hpp"

#include <string_view>

namespace hermes::wasm::testing {

/// Makes a component of `core`, WebAssembly text that imports and exports by the component model's
/// naming, for `world` of testing/wit.
[[nodiscard]] Result<Component> build_guest(const Engine& engine, std::string_view core,
                                            std::string_view world,
                                            hn_string_encoding encoding = HN_STRING_UTF8);

/// Loads a binary component, or one in WebAssembly text, that needs no wrapping.
[[nodiscard]] Result<Component> compile_guest(const Engine& engine, std::string_view component);

}  // namespace hermes::wasm::testing

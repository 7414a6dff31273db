// From the bytes of a component to code that is ready to be linked: through the cache, or through
// the compiler.
#pragma once

#include "base/result.hpp"
#include "wasm/compile_cache.hpp"
#include "wasm/compiler.hpp"
#include "wasm/component.hpp"
#include "wasm/digest.hpp"
#include "wasm/engine.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

namespace hermes::wasm {

struct LoadedComponent {
  Component component;
  /// SHA-256 of the component's bytes: what identifies it everywhere.
  Digest digest{};
  bool from_cache = false;
  std::chrono::milliseconds elapsed{0};
  /// What was wrong with the cache, for the log. The component is sound all the same.
  std::vector<std::string> warnings;
};

/// Loads a binary component. A cache that is missing (`cache` may be null), damaged, full or not
/// writable costs time and leads to warnings, never to a failure. Blocks while the component is
/// compiled; `observer` and `stop` are as in Compiler::compile. Any number of threads at the same
/// time.
[[nodiscard]] Result<LoadedComponent> load_component(const Engine& engine,
                                                     const CompileCache* cache,
                                                     const Compiler& compiler,
                                                     std::span<const std::byte> bytes,
                                                     const CompileObserver& observer = {},
                                                     const std::stop_token& stop = {});

/// Reads a file that is to be loaded; refuses one of more than `max_bytes`.
[[nodiscard]] Result<std::vector<std::byte>> read_component_file(const std::filesystem::path& path,
                                                                 std::uint64_t max_bytes);

/// The folder for the compile cache of this user: $XDG_CACHE_HOME/hermes/compiled, or
/// ~/.cache/hermes/compiled. An error when neither is known.
[[nodiscard]] Result<std::filesystem::path> default_cache_directory();

}  // namespace hermes::wasm

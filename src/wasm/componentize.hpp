// Core modules to components.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace hermes::wasm {

/// How a module keeps its strings in memory.
enum class StringEncoding : std::uint8_t { kUtf8, kUtf16, kCompactUtf16 };

struct ComponentizeOptions {
  /// The WIT that describes the module: a folder or a file, and the world. Both empty when the
  /// module carries its type in a custom section, as those of most tool chains do.
  std::filesystem::path wit;
  std::string world;
  /// Used with `wit`.
  StringEncoding encoding = StringEncoding::kUtf8;
};

/// Makes a binary component of `core`, a core module in binary or text form. The adapter for
/// `wasi_snapshot_preview1` is added when the module imports it. The error says what of the module
/// does not fit the world.
[[nodiscard]] Result<std::vector<std::byte>> componentize(std::span<const std::byte> core,
                                                          const ComponentizeOptions& options);

}  // namespace hermes::wasm

// Component files, and what people give instead of them.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace hermes::engine {

/// What the first bytes of a file say.
enum class FileFormat : std::uint8_t {
  kComponent,
  kCoreModule,
  /// WebAssembly text.
  kText,
  kUnknown,
};

/// Looks at the first bytes only.
[[nodiscard]] FileFormat recognise(std::span<const std::byte> bytes);

/// Bytes that begin like a binary component.
struct ComponentSource {
  std::filesystem::path path;
  /// The file's name without its ending.
  std::string name;
  std::vector<std::byte> bytes;
};

/// Reads a component file of at most `max_bytes`. The error names the file, what it is instead, and
/// the way out.
[[nodiscard]] Result<ComponentSource> read_component(const std::filesystem::path& path,
                                                     std::uint64_t max_bytes);

/// Reads any file of at most `max_bytes`; a directory and other things that are no files are
/// refused.
[[nodiscard]] Result<std::vector<std::byte>> read_file(const std::filesystem::path& path,
                                                       std::uint64_t max_bytes);

}  // namespace hermes::engine

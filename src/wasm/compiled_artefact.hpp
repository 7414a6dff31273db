// What the compiler makes of a component.
#pragma once

#include "wasm/file_descriptor.hpp"

#include <cstdint>

namespace hermes::wasm {

/// Machine code and metadata of one component, in a file that no one can change any more (sealed
/// memory, or a cache entry whose code was checked), from its first byte on. What may follow after
/// `size` bytes is not part of it.
struct CompiledArtefact {
  FileDescriptor file;
  std::uint64_t size = 0;
};

}  // namespace hermes::wasm

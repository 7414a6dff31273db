// The secret that says which compiled code is ours.
#pragma once

#include "base/result.hpp"
#include "wasm/digest.hpp"
#include "wasm/file_descriptor.hpp"

#include <filesystem>

namespace hermes::wasm {

/// Reads the file `key` of `folder` (whose name is `path`, for messages), or makes it of 32 random
/// bytes, readable by this user only. When several processes make it at the same time they end with
/// the same key. Refuses a key that other users could read or change, and says what to do.
[[nodiscard]] Result<Digest> open_machine_key(const FileDescriptor& folder,
                                              const std::filesystem::path& path);

}  // namespace hermes::wasm

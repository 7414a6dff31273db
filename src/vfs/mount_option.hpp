// Mounts as they are written on the command line.
#pragma once

#include "base/result.hpp"
#include "vfs/vfs.hpp"

#include <filesystem>
#include <string>
#include <string_view>

namespace hermes::vfs {

/// What `HOST::GUEST[:ro]` says. Nothing of it has been looked up yet.
struct MountOption {
  std::filesystem::path host_directory;
  std::string guest_path;
  Access access = Access::kWritable;
};

/// Reads `HOST::GUEST` (writable), `HOST::GUEST:ro` or `HOST::GUEST:rw`. HOST ends at the first
/// "::".
Result<MountOption> parse_mount_option(std::string_view text);

}  // namespace hermes::vfs

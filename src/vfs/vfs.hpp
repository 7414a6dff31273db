// The file tree of one application.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::vfs {

enum class Access : bool { kReadOnly, kWritable };

/// A directory of the host, and the name under which guests see it.
struct Mount {
  /// Absolute, symbolic links resolved.
  std::filesystem::path host_directory;
  /// Normal form, see check_guest_path().
  std::string guest_path;
  Access access = Access::kReadOnly;
};

/// An application may see so many directories; each takes an open descriptor.
inline constexpr std::size_t kMaxMounts = 64;
inline constexpr std::size_t kMaxGuestPathBytes = 255;

/// Whether `path` may name a mount: absolute, at most kMaxGuestPathBytes, made of non-empty names
/// without control characters, backslashes, `.` and `..`; no slash at the end except in "/" itself.
/// The error says which rule is broken.
Result<void> check_guest_path(std::string_view path);

/// The mounts of an application. Filled while the application is put together, read-only from then
/// on, so any thread may read it.
///
/// Mounts may lie inside of each other (`/` and `/data`): WASI looks for the longest name that
/// fits.
class Vfs {
 public:
  /// Shows the directory `host_directory` as `guest_path`. Refused when the name breaks a rule or
  /// is taken, when there is no such directory, or when there are kMaxMounts already.
  Result<void> mount(const std::filesystem::path& host_directory, std::string_view guest_path,
                     Access access);

  /// In the order in which they were mounted.
  [[nodiscard]] std::span<const Mount> mounts() const { return mounts_; }

 private:
  std::vector<Mount> mounts_;
};

}  // namespace hermes::vfs

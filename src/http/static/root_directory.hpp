// The directory that files are served from, and the only way to what is in it.
#pragma once

#include "base/result.hpp"
#include "http/static/http_date.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace hermes::http {

/// What tells one state of a file from another, without reading it. Two states that are less than a
/// tick of the kernel's clock (10 ms at most) apart may have the same.
struct FileVersion {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size = 0;
  /// Nanoseconds since 1970: of the contents, and of anything about the file.
  std::int64_t modified = 0;
  std::int64_t changed = 0;

  friend bool operator==(const FileVersion&, const FileVersion&) = default;
};

struct FileVersionHash {
  std::size_t operator()(const FileVersion& version) const;
};

/// The time for Last-Modified: whole seconds.
[[nodiscard]] HttpDate modification_date(const FileVersion& version);

/// A regular file, open for reading. Closed with the object. Reading at an offset (pread, sendfile)
/// is for any number of threads at once, for nobody uses the position.
class OpenFile {
 public:
  /// Takes ownership of `descriptor`.
  OpenFile(int descriptor, const FileVersion& version)
      : descriptor_(descriptor), version_(version) {}
  OpenFile(OpenFile&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), version_(other.version_) {}
  OpenFile& operator=(OpenFile&&) = delete;
  ~OpenFile();

  /// Still owned by this object.
  [[nodiscard]] int descriptor() const { return descriptor_; }
  /// As it was when the file was opened.
  [[nodiscard]] const FileVersion& version() const { return version_; }
  /// As it is now.
  [[nodiscard]] Result<FileVersion> version_now() const;

 private:
  int descriptor_;
  FileVersion version_;
};

/// What a name inside the root stands for.
struct FileStatus {
  enum class Kind : std::uint8_t {
    kRegular,
    kDirectory,
    /// Nothing; or what is never served: a symbolic link (on the way to it, too), a device, a
    /// FIFO, a socket.
    kNothing,
  };
  Kind kind = Kind::kNothing;
  /// Of a regular file.
  FileVersion version = {};
};

/// A directory that was opened once: if it is renamed, it is still the one that is served; if
/// another one takes its name, that one is not.
///
/// Names are resolved by the kernel (openat2(2) with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and
/// RESOLVE_NO_MAGICLINKS), so that nothing outside is reached, whatever the name, and whoever
/// changes the tree meanwhile. Any thread; calls take some microseconds and do not read contents.
class RootDirectory {
 public:
  /// Symbolic links in `path` itself are followed. Fails when there is no such directory, or when
  /// the kernel has no openat2 (before Linux 5.6, or forbidden by a sandbox).
  static Result<RootDirectory> open(const std::string& path);

  RootDirectory(RootDirectory&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)) {}
  RootDirectory& operator=(RootDirectory&&) = delete;
  ~RootDirectory();

  /// What `relative` stands for now; empty is the root itself. Opens nothing, so that a FIFO or a
  /// device does not notice. An error is one of the
  /// system: too many open files, a directory that this process may not enter, a broken disk.
  [[nodiscard]] Result<FileStatus> status(const std::string& relative) const;

  /// The regular file `relative`. kNotFound for all that FileStatus calls nothing, and for
  /// directories; kSystem also for a file that this process may not read.
  [[nodiscard]] Result<OpenFile> open_file(const std::string& relative) const;

 private:
  explicit RootDirectory(int descriptor) : descriptor_(descriptor) {}

  int descriptor_;
};

}  // namespace hermes::http

#include "http/static/root_directory.hpp"

#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>

namespace hermes::http {
namespace {

/// Closes a descriptor that is only needed within a function.
class Closing {
 public:
  explicit Closing(int descriptor) : descriptor_(descriptor) {}
  Closing(const Closing&) = delete;
  Closing& operator=(const Closing&) = delete;
  ~Closing() { ::close(descriptor_); }

 private:
  int descriptor_;
};

/// A descriptor, or -1 with errno set. Names come from outside: only here they meet the kernel.
int open_beneath(int root, const std::string& relative, int flags) {
  open_how how{};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC);
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  // The kernel asks to try again when the tree was changed under it; somebody who does that all
  // the time must not hold a worker.
  constexpr int kAttempts = 8;
  for (int attempt = 0;; ++attempt) {
    const auto descriptor = static_cast<int>(
        ::syscall(SYS_openat2, root, relative.empty() ? "." : relative.c_str(), &how, sizeof how));
    if (descriptor >= 0 || (errno != EAGAIN && errno != EINTR) || attempt == kAttempts)
      return descriptor;
  }
}

/// Whether an error of open_beneath() says that there is nothing to serve, and not that the system
/// is in trouble.
bool means_nothing(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case ELOOP:  // A symbolic link.
    case EXDEV:  // Leads out of the root.
    case ENXIO:  // A socket, or a device without a driver.
    case EINVAL:
      return true;
    default:
      return false;
  }
}

std::unexpected<Error> system_failure(std::string_view what, std::string_view name,
                                      int error_number) {
  return fail(ErrorCode::kSystem, fmt::format("cannot {} the file '{}': {}", what, printable(name),
                                              std::generic_category().message(error_number)));
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

FileVersion version_of(const struct stat& status) {
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = static_cast<std::uint64_t>(status.st_size),
          .modified = nanoseconds(status.st_mtim),
          .changed = nanoseconds(status.st_ctim)};
}

}  // namespace

std::size_t FileVersionHash::operator()(const FileVersion& version) const {
  std::uint64_t mixed = version.inode;
  for (const std::uint64_t part :
       {version.device, version.size, static_cast<std::uint64_t>(version.modified),
        static_cast<std::uint64_t>(version.changed)}) {
    // The odd constant nearest to 2^64 divided by the golden ratio spreads neighbouring numbers.
    mixed = (mixed ^ (mixed >> 29)) * 0x9e3779b97f4a7c15 + part;
  }
  return mixed ^ (mixed >> 32);
}

HttpDate modification_date(const FileVersion& version) {
  return HttpDate{
      std::chrono::floor<std::chrono::seconds>(std::chrono::nanoseconds{version.modified})};
}

OpenFile::~OpenFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<FileVersion> OpenFile::version_now() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0)
    return fail(ErrorCode::kSystem, "cannot ask for the state of an open file: " +
                                        std::generic_category().message(errno));
  return version_of(status);
}

Result<RootDirectory> RootDirectory::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    const int error_number = errno;
    return fail(error_number == ENOENT || error_number == ENOTDIR ? ErrorCode::kNotFound
                                                                  : ErrorCode::kSystem,
                fmt::format("cannot serve files from '{}': {}; name a directory that this process "
                            "may enter",
                            printable(path), std::generic_category().message(error_number)));
  }
  RootDirectory root(descriptor);
  const int probe = open_beneath(descriptor, {}, O_PATH | O_DIRECTORY);
  if (probe < 0) {
    return fail(ErrorCode::kSystem,
                fmt::format("cannot serve files from '{}': openat2(2) answers '{}'; static files "
                            "need Linux 5.6 or later, and a sandbox that allows this call",
                            printable(path), std::generic_category().message(errno)));
  }
  ::close(probe);
  return root;
}

RootDirectory::~RootDirectory() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<FileStatus> RootDirectory::status(const std::string& relative) const {
  const int found = open_beneath(descriptor_, relative, O_PATH | O_NOFOLLOW);
  if (found < 0) {
    if (means_nothing(errno)) return FileStatus{};
    return system_failure("look for", relative, errno);
  }
  const Closing closing(found);
  struct stat status{};
  if (::fstat(found, &status) != 0) return system_failure("look at", relative, errno);
  if (S_ISDIR(status.st_mode))
    return FileStatus{.kind = FileStatus::Kind::kDirectory, .version = {}};
  if (!S_ISREG(status.st_mode)) return FileStatus{};
  return FileStatus{.kind = FileStatus::Kind::kRegular, .version = version_of(status)};
}

Result<OpenFile> RootDirectory::open_file(const std::string& relative) const {
  const auto nothing = [&] {
    return fail(ErrorCode::kNotFound,
                fmt::format("there is no file '{}' to serve", printable(relative)));
  };
  // Opening some devices does something, so what it is comes first. O_NONBLOCK and the second look
  // are for what takes its place in between.
  const auto before = status(relative);
  if (!before) return std::unexpected(before.error());
  if (before->kind != FileStatus::Kind::kRegular) return nothing();
  const int descriptor =
      open_beneath(descriptor_, relative, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
  if (descriptor < 0) {
    if (means_nothing(errno)) return nothing();
    return system_failure("open", relative, errno);
  }
  struct stat now{};
  if (::fstat(descriptor, &now) != 0) {
    const int error_number = errno;
    ::close(descriptor);
    return system_failure("look at", relative, error_number);
  }
  OpenFile file(descriptor, version_of(now));
  if (!S_ISREG(now.st_mode)) return nothing();
  return file;
}

}  // namespace hermes::http

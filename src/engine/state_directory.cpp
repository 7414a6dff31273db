#include "engine/state_directory.hpp"

#include "app/application.hpp"
#include "base/text.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>

namespace hermes::engine {

namespace {

constexpr const char* kLockFile = "engine.lock";
constexpr const char* kApplications = "applications";

std::unexpected<Error> refuse(const std::filesystem::path& path, ErrorCode code,
                              std::string_view what) {
  return fail(code, fmt::format("{}: {}", printable(path.string()), what));
}

std::unexpected<Error> refuse(const std::filesystem::path& path, int error_number) {
  return refuse(path, ErrorCode::kSystem,
                fmt::format("{}; the state directory must be writable for this user",
                            std::strerror(error_number)));
}

// So that the name of what was made in it survives the loss of power.
Result<void> sync_directory(const std::filesystem::path& path) {
  const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory < 0) return refuse(path, errno);
  const int failed = ::fsync(directory) == 0 ? 0 : errno;
  ::close(directory);
  if (failed != 0) return refuse(path, failed);
  return {};
}

// The whole file. A lock of the open file, not of the process: two engines of one process exclude
// each other too, and who only asks takes nothing.
struct flock whole_file() {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

// Makes `path` and what is missing above it.
Result<void> make_directory(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return {};
  const std::filesystem::path parent = path.has_parent_path() ? path.parent_path() : ".";
  if (parent != path) {
    if (auto made = make_directory(parent); !made) return made;
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return refuse(path, errno);
  if (!std::filesystem::is_directory(path, ignored)) return refuse(path, ENOTDIR);
  return sync_directory(parent);
}

std::string owner_of(int lock) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(lock, text.data(), text.size() - 1, 0);
  return size > 0 ? printable(std::string_view(text.data(), static_cast<std::size_t>(size))) : "?";
}

}  // namespace

Result<std::unique_ptr<StateDirectory>> StateDirectory::open(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error).lexically_normal();
  if (error) return refuse(path, ErrorCode::kSystem, error.message());
  if (auto made = make_directory(absolute); !made) return std::unexpected(made.error());
  const std::filesystem::path file = absolute / kLockFile;
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0) return refuse(file, errno);
  std::unique_ptr<StateDirectory> directory(new StateDirectory(absolute, lock));
  struct flock wanted = whole_file();
  if (::fcntl(lock, F_OFD_SETLK, &wanted) != 0) {
    if (errno != EAGAIN && errno != EACCES) return refuse(file, errno);
    return refuse(path, ErrorCode::kLimit,
                  fmt::format("another engine uses this state directory (process {}); stop it, or "
                              "give this one a directory of its own",
                              owner_of(lock)));
  }
  const std::string process = std::to_string(::getpid());
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, process.data(), process.size(), 0) < 0) {
    return refuse(file, errno);
  }
  return directory;
}

// Closing it gives the lock back; the file stays, because another process may be opening it.
StateDirectory::~StateDirectory() { ::close(lock_); }

Result<std::filesystem::path> StateDirectory::application(std::string_view name) const {
  std::filesystem::path directory = path_ / kApplications / name;
  if (auto made = make_directory(directory); !made) return std::unexpected(made.error());
  return directory;
}

Result<std::vector<StoredApplication>> stored_applications(const std::filesystem::path& path,
                                                           const std::optional<std::string>& only) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) {
    return refuse(path, ErrorCode::kNotFound,
                  "there is no such directory; name the one that was given to `hermes playground "
                  "--state-dir`");
  }
  std::vector<StoredApplication> applications;
  for (std::filesystem::directory_iterator each(path / kApplications, error), end;
       !error && each != end; each.increment(error)) {
    std::string name = each->path().filename().string();
    if (!app::check_application_name(name) || (only && *only != name)) continue;
    applications.push_back({std::move(name), each->path()});
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    return refuse(path / kApplications, ErrorCode::kSystem, error.message());
  }
  if (only && applications.empty()) {
    return refuse(path, ErrorCode::kNotFound,
                  fmt::format("nothing was kept of an application \"{}\"", printable(*only)));
  }
  std::ranges::sort(applications, {}, &StoredApplication::name);
  return applications;
}

bool is_in_use(const std::filesystem::path& path) {
  const int lock = ::open((path / kLockFile).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (lock < 0) return false;
  // Asks only: an engine that starts at this moment must not be kept out.
  struct flock found = whole_file();
  const bool used = ::fcntl(lock, F_OFD_GETLK, &found) == 0 && found.l_type != F_UNLCK;
  ::close(lock);
  return used;
}

}  // namespace hermes::engine

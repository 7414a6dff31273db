#include "wasm/file_descriptor.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>

namespace hermes::wasm {
namespace {

/// Keeps one signal from being delivered to this thread, and takes away what came meanwhile.
class SignalHeldBack {
 public:
  explicit SignalHeldBack(int signal) {
    sigemptyset(&signals_);
    sigaddset(&signals_, signal);
    sigset_t pending;
    sigemptyset(&pending);
    sigpending(&pending);
    was_pending_ = sigismember(&pending, signal) == 1;
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
  }
  SignalHeldBack(const SignalHeldBack&) = delete;
  SignalHeldBack& operator=(const SignalHeldBack&) = delete;
  ~SignalHeldBack() {
    if (!was_pending_) {
      const timespec now{};
      while (sigtimedwait(&signals_, nullptr, &now) < 0 && errno == EINTR) {
      }
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t signals_{};
  sigset_t before_{};
  bool was_pending_ = false;
};

}  // namespace

void FileDescriptor::close() noexcept {
  if (value_ >= 0) ::close(std::exchange(value_, -1));
}

Error system_error(std::string_view what, int error_number) {
  std::string message(what);
  message += ": ";
  message += std::generic_category().message(error_number);
  return Error{ErrorCode::kSystem, std::move(message)};
}

Result<FileDescriptor> make_memory_file(const char* name) {
  FileDescriptor file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return std::unexpected(system_error("cannot create a file in memory", errno));
  return file;
}

Result<void> seal(const FileDescriptor& memory_file) {
  constexpr int kAll = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
  if (::fcntl(memory_file.get(), F_ADD_SEALS, kAll) != 0) {
    return std::unexpected(system_error("cannot seal a file in memory", errno));
  }
  return {};
}

Result<void> write_all(const FileDescriptor& file, std::span<const std::byte> bytes) {
  const SignalHeldBack held_back(SIGXFSZ);
  while (!bytes.empty()) {
    const ssize_t written = ::write(file.get(), bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return std::unexpected(system_error("cannot write", errno));
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> read_exactly(const FileDescriptor& file, std::uint64_t offset,
                          std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = ::pread(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (got < 0) {
      if (errno == EINTR) continue;
      return std::unexpected(system_error("cannot read", errno));
    }
    if (got == 0) return fail(ErrorCode::kSystem, "the file ends before its contents do");
    offset += static_cast<std::uint64_t>(got);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
  return {};
}

Result<std::uint64_t> size_of(const FileDescriptor& file) {
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) {
    return std::unexpected(system_error("cannot ask for the size of a file", errno));
  }
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::kInvalidArgument, "not a regular file");
  return static_cast<std::uint64_t>(status.st_size);
}

}  // namespace hermes::wasm

#include "wasm/machine_key.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <optional>
#include <span>
#include <string>

namespace hermes::wasm {
namespace {

constexpr const char* kKeyName = "key";

/// Nothing when there is no key yet.
Result<std::optional<Digest>> read_key(const FileDescriptor& folder, const std::string& path) {
  // O_NONBLOCK: opening a pipe that someone put there must not wait for a writer.
  const FileDescriptor file(
      ::openat(folder.get(), kKeyName, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file && errno == ELOOP) {
    return fail(ErrorCode::kSystem,
                path + " is a symbolic link: remove it, a new key will be made");
  }
  if (!file) return std::unexpected(system_error("cannot open " + path, errno));

  struct stat status{};
  if (::fstat(file.get(), &status) != 0) {
    return std::unexpected(system_error("cannot look at " + path, errno));
  }
  if (!S_ISREG(status.st_mode) || status.st_size != sizeof(Digest)) {
    return fail(ErrorCode::kSystem,
                path +
                    " is not a key of 32 bytes: remove it, a new one will be made (and every "
                    "component compiled once more)");
  }
  if (status.st_uid != ::geteuid()) {
    return fail(ErrorCode::kSystem, path + " belongs to another user (" +
                                        std::to_string(status.st_uid) +
                                        "): use a cache folder of your own, or remove the file");
  }
  if ((status.st_mode & 077) != 0) {
    char mode[8];
    std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(status.st_mode & 07777));
    return fail(ErrorCode::kSystem, path + " can be used by other users (mode " + mode +
                                        "): if they cannot have read it, run `chmod 600 " + path +
                                        "`; if in doubt remove it, a new one will be made");
  }
  Digest key;
  if (auto read = read_exactly(file, 0, key); !read)
    return std::unexpected(std::move(read.error()).with_context(path));
  return key;
}

Result<Digest> random_digest() {
  Digest digest;
  std::span<std::byte> rest(digest);
  while (!rest.empty()) {
    const ssize_t got = ::getrandom(rest.data(), rest.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(system_error("cannot get random bytes", errno));
    rest = rest.subspan(static_cast<std::size_t>(got));
  }
  return digest;
}

/// Makes a complete key file under a name of its own, then gives it its real name unless another
/// process was faster.
Result<void> make_key(const FileDescriptor& folder, const std::string& path) {
  const auto key = random_digest();
  if (!key) return std::unexpected(key.error());
  const auto unique = random_digest();
  if (!unique) return std::unexpected(unique.error());
  const std::string name = ".new-" + to_hex(*unique);

  const FileDescriptor file(::openat(folder.get(), name.c_str(),
                                     O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return std::unexpected(system_error("cannot make " + path, errno));
  auto made = write_all(file, *key);
  if (made && ::fsync(file.get()) != 0) made = std::unexpected(system_error("cannot write", errno));
  if (made && ::linkat(folder.get(), name.c_str(), folder.get(), kKeyName, 0) != 0 &&
      errno != EEXIST) {
    made = std::unexpected(system_error("cannot link", errno));
  }
  ::unlinkat(folder.get(), name.c_str(), 0);
  if (!made) return std::unexpected(std::move(made.error()).with_context(path));
  return {};
}

}  // namespace

Result<Digest> open_machine_key(const FileDescriptor& folder,
                                const std::filesystem::path& folder_path) {
  const std::string path = (folder_path / kKeyName).string();
  auto key = read_key(folder, path);
  if (key && !key->has_value()) {
    if (auto made = make_key(folder, path); !made) return std::unexpected(std::move(made.error()));
    key = read_key(folder, path);
  }
  if (!key) return std::unexpected(std::move(key.error()));
  if (!key->has_value()) return fail(ErrorCode::kSystem, path + " vanished as soon as it was made");
  return **key;
}

}  // namespace hermes::wasm

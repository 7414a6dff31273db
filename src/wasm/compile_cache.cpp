#include "wasm/compile_cache.hpp"

#include "wasm/cache_entry.hpp"
#include "wasm/machine_key.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

namespace hermes::wasm {
namespace {

constexpr std::string_view kEntrySuffix = ".compiled";
constexpr std::string_view kUnfinishedPrefix = ".new-";
/// An unfinished file that is older than this was left behind by a process that was killed.
constexpr std::int64_t kUnfinishedMaxAgeSeconds = 3600;

/// Opens the folder, makes it if need be, and refuses one that other users can write to.
Result<FileDescriptor> open_folder(const std::filesystem::path& path) {
  std::error_code error;
  if (path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), error);
  }
  if (error) {
    return std::unexpected(
        system_error("cannot make " + path.parent_path().string(), error.value()));
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return std::unexpected(system_error("cannot make " + path.string(), errno));
  }
  FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder) return std::unexpected(system_error("cannot open " + path.string(), errno));
  struct stat status{};
  if (::fstat(folder.get(), &status) != 0) {
    return std::unexpected(system_error("cannot look at " + path.string(), errno));
  }
  if (status.st_uid != ::geteuid()) {
    return fail(ErrorCode::kSystem, path.string() + " belongs to another user (" +
                                        std::to_string(status.st_uid) +
                                        "): choose a cache folder of your own");
  }
  if ((status.st_mode & 022) != 0) {
    return fail(ErrorCode::kSystem, "other users can write to " + path.string() +
                                        ": run `chmod 700 " + path.string() +
                                        "`, or choose another cache folder");
  }
  return folder;
}

std::string unfinished_name() {
  std::array<std::uint64_t, 2> random{};
  // Without entropy the name is merely likely to exist already, which O_EXCL notices.
  (void)!::getrandom(random.data(), sizeof random, 0);
  return std::string(kUnfinishedPrefix) + std::to_string(random[0]) + std::to_string(random[1]);
}

struct FolderEntry {
  std::string name;
  std::uint64_t bytes = 0;
  timespec used{};
};

bool used_before(const FolderEntry& a, const FolderEntry& b) {
  return std::pair(a.used.tv_sec, a.used.tv_nsec) < std::pair(b.used.tv_sec, b.used.tv_nsec);
}

/// All entries. Removes unfinished files that nobody will finish.
Result<std::vector<FolderEntry>> list_entries(const FileDescriptor& folder) {
  // A descriptor of its own: the position in a directory belongs to the open file.
  const int own = ::openat(folder.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return std::unexpected(system_error("cannot list", errno));
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own), &::closedir);
  if (stream == nullptr) {
    const int error = errno;
    ::close(own);
    return std::unexpected(system_error("cannot list", error));
  }
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::vector<FolderEntry> entries;
  while (const dirent* item = ::readdir(stream.get())) {
    const std::string_view name = item->d_name;
    const bool unfinished = name.starts_with(kUnfinishedPrefix);
    if (!unfinished && !name.ends_with(kEntrySuffix)) continue;
    struct stat status{};
    if (::fstatat(folder.get(), item->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if (!unfinished) {
      // Blocks, not length: what it takes on the disk is what counts.
      entries.push_back(
          {std::string(name), static_cast<std::uint64_t>(status.st_blocks) * 512, status.st_atim});
    } else if (now.tv_sec - status.st_mtim.tv_sec > kUnfinishedMaxAgeSeconds) {
      ::unlinkat(folder.get(), item->d_name, 0);
    }
  }
  return entries;
}

}  // namespace

CompileCacheKey CompileCacheKey::of(const Digest& component, std::uint64_t fingerprint) {
  constexpr std::string_view kDomain = "hermes compile cache 1";
  std::array<std::byte, kDomain.size() + sizeof(Digest) + sizeof fingerprint> text{};
  std::memcpy(text.data(), kDomain.data(), kDomain.size());
  std::memcpy(text.data() + kDomain.size(), component.data(), component.size());
  std::memcpy(text.data() + kDomain.size() + component.size(), &fingerprint, sizeof fingerprint);
  return CompileCacheKey{sha256(text)};
}

std::string CompileCache::file_name(const CompileCacheKey& key) {
  return to_hex(key.digest) + std::string(kEntrySuffix);
}

std::string CompileCache::path_of(const std::string& name) const {
  return (options_.directory / name).string();
}

Result<CompileCache> CompileCache::open(CompileCacheOptions options) {
  const auto context = [](Error error) {
    return std::unexpected(std::move(error).with_context("the compile cache cannot be used"));
  };
  auto folder = open_folder(options.directory);
  if (!folder) return context(std::move(folder.error()));
  const auto key = open_machine_key(*folder, options.directory);
  if (!key) return context(key.error());
  struct statvfs file_system{};
  if (::fstatvfs(folder->get(), &file_system) != 0) {
    return context(
        system_error("cannot look at the file system of " + options.directory.string(), errno));
  }
  const bool mappable = (file_system.f_flag & ST_NOEXEC) == 0;
  return CompileCache(std::move(options), std::move(*folder), *key, mappable);
}

Result<std::optional<CompiledArtefact>> CompileCache::open_entry(const CompileCacheKey& key) const {
  const std::string name = file_name(key);
  // O_NONBLOCK: opening a pipe that someone put there must not wait for a writer.
  FileDescriptor file(
      ::openat(folder_.get(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file && errno == ELOOP) return fail(ErrorCode::kInvalidArgument, "it is a symbolic link");
  if (!file) return std::unexpected(system_error("it cannot be opened", errno));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0)
    return std::unexpected(system_error("it cannot be looked at", errno));
  if (!S_ISREG(status.st_mode))
    return fail(ErrorCode::kInvalidArgument, "it is not a regular file");
  if (status.st_uid != ::geteuid() || (status.st_mode & 022) != 0) {
    return fail(ErrorCode::kInvalidArgument, "other users can write to it");
  }

  CompiledArtefact artefact;
  if (executable_mappings_) {
    const auto size = verify_cache_entry(file, key.digest, machine_key_, nullptr);
    if (!size) return std::unexpected(size.error());
    artefact = {.file = std::move(file), .size = *size};
  } else {
    auto copy = make_memory_file("hermes-compiled");
    if (!copy) return std::unexpected(std::move(copy.error()));
    const auto size = verify_cache_entry(file, key.digest, machine_key_, &*copy);
    if (!size) return std::unexpected(size.error());
    if (auto sealed = seal(*copy); !sealed) return std::unexpected(std::move(sealed.error()));
    artefact = {.file = std::move(*copy), .size = *size};
  }
  // The access time is what make_room() goes by; file systems are usually mounted not to keep it.
  const std::array<timespec, 2> times{
      {{.tv_sec = 0, .tv_nsec = UTIME_NOW}, {.tv_sec = 0, .tv_nsec = UTIME_OMIT}}};
  (void)::utimensat(folder_.get(), name.c_str(), times.data(), AT_SYMLINK_NOFOLLOW);
  return artefact;
}

CompileCache::Found CompileCache::find(const CompileCacheKey& key) const {
  Found found;
  auto entry = open_entry(key);
  if (entry) {
    found.artefact = std::move(*entry);
    return found;
  }
  const std::string name = file_name(key);
  std::string warning =
      "the compile cache entry " + path_of(name) + " is not used: " + entry.error().message;
  if (entry.error().code == ErrorCode::kInvalidArgument) {
    const bool removed = ::unlinkat(folder_.get(), name.c_str(), 0) == 0 || errno == ENOENT;
    warning += removed ? "; it was removed, the component is compiled again"
                       : "; it cannot be removed: " + std::generic_category().message(errno);
  }
  found.warnings.push_back(std::move(warning));
  return found;
}

Result<CompileCache::Stored> CompileCache::store(const CompileCacheKey& key,
                                                 const CompiledArtefact& artefact) const {
  const std::string name = file_name(key);
  const auto context = [&](Error error) {
    return std::unexpected(std::move(error).with_context("cannot add to the compile cache " +
                                                         options_.directory.string()));
  };
  if (artefact.size + kCacheTrailerBytes > options_.max_bytes) {
    return context(Error{ErrorCode::kLimit, "the compiled component has " +
                                                std::to_string(artefact.size) +
                                                " bytes, more than the whole cache may have (" +
                                                std::to_string(options_.max_bytes) + ")"});
  }

  const std::string unfinished = unfinished_name();
  FileDescriptor file(::openat(folder_.get(), unfinished.c_str(),
                               O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return context(system_error("cannot make a file", errno));
  auto stored = write_cache_entry(file, artefact, key.digest, machine_key_);
  if (stored && ::renameat(folder_.get(), unfinished.c_str(), folder_.get(), name.c_str()) != 0) {
    stored = std::unexpected(system_error("cannot give " + path_of(name) + " its name", errno));
  }
  if (!stored) {
    ::unlinkat(folder_.get(), unfinished.c_str(), 0);
    return context(std::move(stored.error()));
  }

  Stored result;
  result.warnings = make_room();
  auto entry = open_entry(key);
  if (!entry) return context(std::move(entry.error()));
  if (!entry->has_value()) return context(Error{ErrorCode::kSystem, "the new entry is gone again"});
  result.artefact = std::move(**entry);
  return result;
}

void CompileCache::remove(const CompileCacheKey& key) const {
  ::unlinkat(folder_.get(), file_name(key).c_str(), 0);
}

std::vector<std::string> CompileCache::make_room() const {
  std::vector<std::string> warnings;
  auto entries = list_entries(folder_);
  if (!entries) {
    warnings.push_back("the size of the compile cache " + options_.directory.string() +
                       " cannot be bounded: " + entries.error().message);
    return warnings;
  }
  std::uint64_t total = 0;
  for (const FolderEntry& entry : *entries) total += entry.bytes;
  std::ranges::sort(*entries, used_before);
  for (const FolderEntry& entry : *entries) {
    if (total <= options_.max_bytes) break;
    // What a running engine has mapped stays there until it is unmapped.
    if (::unlinkat(folder_.get(), entry.name.c_str(), 0) == 0 || errno == ENOENT) {
      total -= entry.bytes;
    } else {
      warnings.push_back("cannot remove " + path_of(entry.name) + ": " +
                         std::generic_category().message(errno));
    }
  }
  return warnings;
}

}  // namespace hermes::wasm

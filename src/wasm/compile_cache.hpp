// Compiled components on disk, so that an application starts in milliseconds instead of seconds.
//
// Loading an artefact means running it: whoever can write a file that is loaded, runs code in the
// engine. Therefore every entry carries a message authentication code under a key that only this
// user on this machine has, and it is checked over all bytes before each load.
// docs/decisions/0030-compile-cache.md has the reasons.
#pragma once

#include "base/result.hpp"
#include "wasm/compiled_artefact.hpp"
#include "wasm/digest.hpp"
#include "wasm/file_descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace hermes::wasm {

/// Which artefact: the content of the component, and everything of the engine that goes into
/// compiled code.
struct CompileCacheKey {
  Digest digest{};

  /// `component` is the SHA-256 of the component, `fingerprint` that of the engine
  /// (Engine::fingerprint).
  [[nodiscard]] static CompileCacheKey of(const Digest& component, std::uint64_t fingerprint);
};

struct CompileCacheOptions {
  /// Made when it is not there (with its parents), for this user only.
  std::filesystem::path directory;
  /// All entries together. When a new one makes it more, those that were used longest ago go.
  std::uint64_t max_bytes = kDefaultMaxBytes;

  static constexpr std::uint64_t kDefaultMaxBytes = std::uint64_t{2} << 30;
};

/// One folder of entries. Any number of threads and processes may use the same folder at the same
/// time.
class CompileCache {
 public:
  /// Opens or makes the folder and its key. Refused, with the way out in the message, when other
  /// users could write to the folder or read the key.
  [[nodiscard]] static Result<CompileCache> open(CompileCacheOptions options);

  struct Found {
    /// Verified, and ready for Component::load_trusted. Nothing when there is no such entry, or
    /// none that is sound.
    std::optional<CompiledArtefact> artefact;
    /// Why an entry is not used, for a person. A damaged one has been removed.
    std::vector<std::string> warnings;
  };

  /// Looks for `key` and checks what it finds, which takes about 0.6 ms a megabyte.
  [[nodiscard]] Found find(const CompileCacheKey& key) const;

  struct Stored {
    /// The artefact as it is in the cache now: mapped from there, its memory is shared and can be
    /// reclaimed.
    CompiledArtefact artefact;
    std::vector<std::string> warnings;
  };

  /// Adds a copy of `artefact`, replacing what is there, and then makes room. It appears at once
  /// and as a whole, or not at all. Fails when the system refuses (disk full, folder not writable)
  /// or the artefact alone exceeds `max_bytes`; the artefact that was given can then still be
  /// loaded.
  [[nodiscard]] Result<Stored> store(const CompileCacheKey& key,
                                     const CompiledArtefact& artefact) const;

  /// Removes an entry, if it is there.
  void remove(const CompileCacheKey& key) const;

  [[nodiscard]] const std::filesystem::path& directory() const { return options_.directory; }

  /// The file of `key` inside the folder.
  [[nodiscard]] static std::string file_name(const CompileCacheKey& key);

 private:
  CompileCache(CompileCacheOptions options, FileDescriptor folder, const Digest& machine_key,
               bool mappable)
      : options_(std::move(options)),
        folder_(std::move(folder)),
        machine_key_(machine_key),
        executable_mappings_(mappable) {}

  [[nodiscard]] Result<std::optional<CompiledArtefact>> open_entry(
      const CompileCacheKey& key) const;
  [[nodiscard]] std::vector<std::string> make_room() const;
  [[nodiscard]] std::string path_of(const std::string& name) const;

  CompileCacheOptions options_;
  FileDescriptor folder_;
  Digest machine_key_;
  /// Whether code may be mapped from the folder. Not on file systems mounted `noexec`: entries are
  /// copied into memory.
  bool executable_mappings_;
};

}  // namespace hermes::wasm

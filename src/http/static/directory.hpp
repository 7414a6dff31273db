// A directory whose files are served: which file a path means, and what is known of it.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/static/accept_encoding.hpp"
#include "http/static/clock_cache.hpp"
#include "http/static/request_path.hpp"
#include "http/static/root_directory.hpp"
#include "http/static/static_file.hpp"
#include "http/static/static_options.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <variant>

namespace hermes::http {

/// A file that can be sent now.
struct FoundFile {
  std::shared_ptr<const StaticFile> file;
  /// Where the contents are when file->content() has none: exactly file->size() bytes, unless
  /// somebody writes into the file or cuts it off while it is sent.
  std::shared_ptr<const OpenFile> open = nullptr;
};

/// A file that has to be read before it can be sent: to keep it in memory, or because its strong
/// tag is made of all of its contents. StaticDirectory::read() does that.
struct NeedsReading {
  Representation representation;
};

/// The path names a directory and lacks the slash at the end.
struct NeedsSlash {};

struct NothingThere {};

/// `error` is for the log, not for the client: the system is in trouble, or the tree is not
/// readable.
struct LookupFailed {
  Error error;
};

using Lookup = std::variant<FoundFile, NeedsReading, NeedsSlash, NothingThere, LookupFailed>;

/// The files below one directory, with what is known of them in a bounded memory.
///
/// Any thread, at the same time. Files may change at any time: what is found belongs together (tag,
/// length and contents in memory are of one state of the file).
class StaticDirectory {
 public:
  /// Opens `path` once. Fails when there is no such directory, the kernel lacks openat2, or an
  /// option breaks a rule. `clock` outlives it.
  static Result<std::unique_ptr<StaticDirectory>> open(const std::string& path,
                                                       StaticOptions options, const Clock& clock);

  StaticDirectory(const StaticDirectory&) = delete;
  StaticDirectory& operator=(const StaticDirectory&) = delete;

  /// Which file `path` means, in the coding that the client likes best of those that there are.
  /// Takes some microseconds and waits for nothing but the names in the file system: for a worker.
  [[nodiscard]] Lookup find(const RequestPath& path, const AcceptEncoding& accept) const;

  /// Reads the file, remembers it, and gives what find() would have given. Blocks: for a
  /// BlockingExecutor. Takes the time of reading and hashing the file (a gigabyte takes one to
  /// three seconds), unless another call has done it meanwhile. Errors: kNotFound when it has gone,
  /// kCancelled when `stop` was requested, kSystem.
  [[nodiscard]] Result<FoundFile> read(const NeedsReading& wanted,
                                       const std::stop_token& stop = {}) const;

  [[nodiscard]] const StaticOptions& options() const { return options_; }
  [[nodiscard]] HttpDate now() const;
  /// What is kept in memory, in bytes, about.
  [[nodiscard]] std::size_t memory() const { return files_.weight() + trusted_.weight(); }

 private:
  /// So that a view is enough for a look.
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  /// What find() has found, and when.
  struct Trusted {
    Representation representation;
    FileVersion version;
    SteadyTime since;
  };

  StaticDirectory(RootDirectory root, StaticOptions options, const Clock& clock);

  /// `trust_key` is empty where what is found is not to be remembered.
  [[nodiscard]] Lookup look(const RequestPath& path, const AcceptEncoding& accept,
                            std::string trust_key) const;
  [[nodiscard]] Lookup choose(const std::string& file, const FileVersion& version,
                              const AcceptEncoding& accept, std::string trust_key) const;
  [[nodiscard]] Lookup ready(Representation representation, const FileVersion& version) const;
  [[nodiscard]] std::shared_ptr<const StaticFile> known(const Representation& representation,
                                                        const FileVersion& version) const;
  [[nodiscard]] std::shared_ptr<const StaticFile> remember(
      const Representation& representation, const FileVersion& version, const std::string& digits,
      std::optional<std::string> content) const;
  [[nodiscard]] bool fits_in_memory(const FileVersion& version) const {
    return version.size <= options_.max_file_bytes_in_memory;
  }

  const RootDirectory root_;
  const StaticOptions options_;
  const Clock& clock_;
  /// By path and coding.
  mutable ClockCache<std::string, StaticFile, TextHash> files_;
  /// The digits of the tags of files that do not fit in memory.
  mutable ClockCache<FileVersion, std::string, FileVersionHash> tags_;
  /// By path and preference; used when options_.trusted_for is not 0.
  mutable ClockCache<std::string, Trusted, TextHash> trusted_;
};

}  // namespace hermes::http

// How a directory is served.
#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace hermes::http {

/// Whether `app.js.br`, `app.js.zst` and `app.js.gz` are sent in place of `app.js`.
enum class Precompressed : bool { kIgnore, kUse };
/// Whether clients may keep files with a hash in their name for a year without asking.
enum class ImmutableNames : bool { kNo, kYes };
/// Whether pages get Cross-Origin-Opener-Policy and Cross-Origin-Embedder-Policy, with which
/// browsers give them SharedArrayBuffer and precise timers.
enum class CrossOriginIsolation : bool { kNo, kYes };

struct StaticOptions {
  /// What is served for a directory. A name without slashes.
  std::string index = "index.html";
  /// For single-page applications: the file, by its path in the directory, that is served where
  /// there is none and the last segment of the path has no dot. Empty: there is no such thing.
  std::string fallback = {};
  Precompressed precompressed = Precompressed::kUse;
  /// The value of Cache-Control; empty: none is sent. `no-cache` lets clients keep a file, and ask
  /// whether it is still the same each time.
  std::string cache_control = "no-cache";
  ImmutableNames immutable_names = ImmutableNames::kNo;
  CrossOriginIsolation cross_origin_isolation = CrossOriginIsolation::kNo;

  /// Files up to this size are kept in memory, and with all that is known of files that are not,
  /// in that much of it.
  std::uint64_t max_file_bytes_in_memory = std::uint64_t{64} << 10;
  std::size_t max_cache_bytes = std::size_t{64} << 20;
  /// So many strong tags of files that are not kept in memory are remembered; without its tag, a
  /// file has to be read once more before it is sent.
  std::size_t max_remembered_tags = 65'536;
  /// For how long what was found is taken for granted without looking at the disk. 0: each request
  /// looks, and so sees every change. For a tree that never changes, Duration::max().
  Duration trusted_for{0};
};

}  // namespace hermes::http

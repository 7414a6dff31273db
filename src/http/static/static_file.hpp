// A file as it is sent: its validators, its header fields, and its contents when they are in
// memory.
#pragma once

#include "http/static/accept_encoding.hpp"
#include "http/static/header_block.hpp"
#include "http/static/media_type.hpp"
#include "http/static/preconditions.hpp"
#include "http/static/root_directory.hpp"
#include "http/static/static_options.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hermes::http {

/// Which file is sent as what: everything about a representation that its state on the disk does
/// not decide.
struct Representation {
  /// The file that is read, from the root, with the suffix of its coding.
  std::string path;
  MediaType type = {};
  ContentCoding coding = ContentCoding::kIdentity;
};

/// One state of one representation. Does not change, so any thread may read it; holders share it.
class StaticFile {
 public:
  /// `content_digits` is what ContentTag::finish() gave; `now` the wall clock, for a file from the
  /// future (RFC 9110 section 8.8.2.1). `content` is the whole file, if it is kept in memory.
  StaticFile(const Representation& representation, const FileVersion& version,
             std::string_view content_digits, std::optional<std::string> content,
             const StaticOptions& options, HttpDate now);
  StaticFile(const StaticFile&) = delete;
  StaticFile& operator=(const StaticFile&) = delete;

  [[nodiscard]] const FileVersion& version() const { return version_; }
  [[nodiscard]] std::uint64_t size() const { return version_.size; }
  /// With quotes, as in ETag.
  [[nodiscard]] const std::string& tag() const { return tag_; }
  [[nodiscard]] ContentCoding coding() const { return coding_; }
  [[nodiscard]] std::string_view media_type() const { return media_type_; }
  [[nodiscard]] HttpDate last_modified() const { return last_modified_; }
  [[nodiscard]] Validators validators() const;
  /// None: it is sent from an OpenFile.
  [[nodiscard]] const std::optional<std::string>& content() const { return content_; }

  /// The fields of 200, of 304, and those that 206 has besides its length and range.
  [[nodiscard]] const HeaderBlock& ok() const { return *ok_; }
  [[nodiscard]] const HeaderBlock& not_modified() const { return *not_modified_; }
  [[nodiscard]] std::span<const HeaderField> without_length() const;

  /// About how many bytes of memory it takes.
  [[nodiscard]] std::size_t memory() const;

 private:
  FileVersion version_;
  std::string tag_;
  HttpDate last_modified_;
  std::string_view media_type_;
  ContentCoding coding_;
  std::optional<std::string> content_;
  std::optional<HeaderBlock> ok_;
  std::optional<HeaderBlock> not_modified_;
};

/// Whether a file's name has a hash of its contents in it, as bundlers write it: between dots or
/// dashes before the extension, at least eight lower-case hexadecimal digits with both letters and
/// figures among them (`main.3f2a9c1b.js`), or eight or more letters, digits, `_` with capitals,
/// small letters and figures among them (`index-BxY12k3z.js`). A hash that looks like a word is not
/// seen; a word that looks like a hash must not be.
[[nodiscard]] bool has_hash_in_name(std::string_view path);

}  // namespace hermes::http

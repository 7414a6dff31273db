#include "http/static/directory.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <span>
#include <system_error>
#include <utility>
#include <vector>

namespace hermes::http {
namespace {

/// A state that is younger than this when it was read may be followed by another that looks the
/// same (FileVersion), so it is not remembered. Ten ticks of a slow kernel clock.
constexpr std::chrono::milliseconds kSettleTime{100};

/// So much is read at a time: large enough for the disk, small enough to notice a stop.
constexpr std::size_t kChunkBytes = std::size_t{256} << 10;

/// A file that changes again and again while it is read is not read for ever.
constexpr int kReadAttempts = 3;

constexpr std::size_t kMaxCacheControlBytes = 1024;

std::string file_key(const Representation& representation) {
  std::string key = representation.path;
  key += '\0';
  key += static_cast<char>('0' + static_cast<int>(representation.coding));
  return key;
}

std::string key_of(const RequestPath& path, const AcceptEncoding& accept) {
  std::string key = path.relative();
  key += '\0';
  key += path.names_directory() ? '/' : '.';
  for (const ContentCoding coding : accept.preference())
    key += static_cast<char>('0' + static_cast<int>(coding));
  return key;
}

/// About what an entry of a map takes besides its key and value.
constexpr std::size_t kEntryBytes = 128;

bool is_settled(const FileVersion& version, WallTime now) {
  const WallTime changed{Duration{version.changed}};
  // From the future it is as good as settled: it is not of the tick that it was read in.
  return now - changed > kSettleTime || changed - now > kSettleTime;
}

/// An option that names a file inside the directory.
Result<void> check_name(std::string_view option, const std::string& name) {
  const auto path = RequestPath::parse("/" + name);
  if (path && !path->names_directory() && path->relative() == name) return {};
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("{} '{}' of static files has to be the path of a file in the directory, "
                          "without a slash at the start, '%', '..' and hidden names",
                          option, printable(name)));
}

Result<void> check(const StaticOptions& options) {
  if (auto checked = check_name("the index", options.index); !checked) return checked;
  if (options.index.contains('/')) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("the index '{}' of static files has a slash in it; it is the name of a "
                            "file that any directory may have",
                            printable(options.index)));
  }
  if (!options.fallback.empty()) {
    if (auto checked = check_name("the fallback", options.fallback); !checked) return checked;
  }
  const auto is_field_character = [](char c) { return c >= ' ' && c <= '~'; };
  if (options.cache_control.size() > kMaxCacheControlBytes ||
      !std::ranges::all_of(options.cache_control, is_field_character)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("Cache-Control '{}' of static files has to be at most {} characters of "
                            "ASCII without control characters",
                            printable(options.cache_control), kMaxCacheControlBytes));
  }
  return {};
}

/// The contents of a file that has the state `version`.
struct Contents {
  std::string digits;
  std::optional<std::string> bytes;
};

/// None when the file is shorter now.
Result<std::optional<Contents>> read_contents(const OpenFile& file, bool keep,
                                              const std::stop_token& stop) {
  const std::uint64_t size = file.version().size;
  ContentTag tag;
  Contents contents;
  std::string buffer;
  buffer.resize(std::min<std::uint64_t>(size, kChunkBytes));
  if (keep) contents.bytes.emplace().reserve(size);
  for (std::uint64_t offset = 0; offset < size;) {
    if (stop.stop_requested())
      return fail(ErrorCode::kCancelled, "reading a file for its entity tag was stopped");
    const auto wanted = std::min<std::uint64_t>(buffer.size(), size - offset);
    const ssize_t got =
        ::pread(file.descriptor(), buffer.data(), wanted, static_cast<off_t>(offset));
    if (got < 0) {
      if (errno == EINTR) continue;
      return fail(ErrorCode::kSystem, std::generic_category().message(errno));
    }
    if (got == 0) return std::optional<Contents>{};
    const std::string_view bytes =
        std::string_view(buffer).substr(0, static_cast<std::size_t>(got));
    tag.update(std::as_bytes(std::span(bytes)));
    if (keep) *contents.bytes += bytes;
    offset += static_cast<std::uint64_t>(got);
  }
  contents.digits = tag.finish();
  return contents;
}

}  // namespace

Result<std::unique_ptr<StaticDirectory>> StaticDirectory::open(const std::string& path,
                                                               StaticOptions options,
                                                               const Clock& clock) {
  if (auto checked = check(options); !checked) return std::unexpected(checked.error());
  auto root = RootDirectory::open(path);
  if (!root) return std::unexpected(root.error());
  return std::unique_ptr<StaticDirectory>(
      new StaticDirectory(std::move(*root), std::move(options), clock));
}

StaticDirectory::StaticDirectory(RootDirectory root, StaticOptions options, const Clock& clock)
    : root_(std::move(root)),
      options_(std::move(options)),
      clock_(clock),
      files_(options_.max_cache_bytes),
      tags_(options_.max_remembered_tags),
      // Names only: an eighth is plenty.
      trusted_(options_.max_cache_bytes / 8) {}

HttpDate StaticDirectory::now() const {
  return std::chrono::floor<std::chrono::seconds>(clock_.wall());
}

Lookup StaticDirectory::find(const RequestPath& path, const AcceptEncoding& accept) const {
  if (options_.trusted_for <= Duration{0}) return look(path, accept, {});
  std::string key = key_of(path, accept);
  const auto trusted = trusted_.find(std::string_view(key));
  if (trusted && clock_.steady() - trusted->since < options_.trusted_for) {
    Lookup found = ready(trusted->representation, trusted->version);
    // Else it is not in memory any more, or not what it was after all.
    if (std::holds_alternative<FoundFile>(found)) return found;
  }
  return look(path, accept, std::move(key));
}

Lookup StaticDirectory::look(const RequestPath& path, const AcceptEncoding& accept,
                             std::string trust_key) const {
  const auto within = [](const std::string& directory, const std::string& name) {
    return directory.empty() ? name : directory + "/" + name;
  };
  const std::string file =
      path.names_directory() ? within(path.relative(), options_.index) : path.relative();
  const auto status = root_.status(file);
  if (!status) return LookupFailed{status.error()};
  if (status->kind == FileStatus::Kind::kRegular)
    return choose(file, status->version, accept, std::move(trust_key));

  if (status->kind == FileStatus::Kind::kDirectory && !path.names_directory()) {
    const auto index = root_.status(within(file, options_.index));
    if (!index) return LookupFailed{index.error()};
    if (index->kind == FileStatus::Kind::kRegular) return NeedsSlash{};
  }
  if (options_.fallback.empty() || path.last_segment().contains('.')) return NothingThere{};
  const auto fallback = root_.status(options_.fallback);
  if (!fallback) return LookupFailed{fallback.error()};
  if (fallback->kind != FileStatus::Kind::kRegular) return NothingThere{};
  // Clients choose these paths: remembered, they would push out what is there.
  return choose(options_.fallback, fallback->version, accept, {});
}

Lookup StaticDirectory::choose(const std::string& file, const FileVersion& version,
                               const AcceptEncoding& accept, std::string trust_key) const {
  Representation chosen{.path = file, .type = media_type_of(file)};
  FileVersion chosen_version = version;
  if (options_.precompressed == Precompressed::kUse &&
      chosen.type.compressible == Compressible::kYes) {
    for (const ContentCoding coding : accept.preference()) {
      if (coding == ContentCoding::kIdentity) break;
      std::string variant = file + std::string(suffix_of(coding));
      const auto status = root_.status(variant);
      if (!status) return LookupFailed{status.error()};
      // An older one is of an earlier state of the file.
      if (status->kind != FileStatus::Kind::kRegular || status->version.modified < version.modified)
        continue;
      chosen.path = std::move(variant);
      chosen.coding = coding;
      chosen_version = status->version;
      break;
    }
  }
  if (!trust_key.empty()) {
    const std::size_t weight =
        trust_key.size() + chosen.path.size() + sizeof(Trusted) + kEntryBytes;
    trusted_.put(std::move(trust_key),
                 std::make_shared<const Trusted>(chosen, chosen_version, clock_.steady()), weight);
  }
  return ready(std::move(chosen), chosen_version);
}

Lookup StaticDirectory::ready(Representation representation, const FileVersion& version) const {
  auto file = known(representation, version);
  if (!file) return NeedsReading{std::move(representation)};
  if (file->content()) return FoundFile{.file = std::move(file), .open = nullptr};
  auto open = root_.open_file(representation.path);
  if (!open) {
    if (open.error().code == ErrorCode::kNotFound) return NothingThere{};
    return LookupFailed{std::move(open.error())};
  }
  // Another one has taken its place just now.
  if (open->version() != file->version()) return NeedsReading{std::move(representation)};
  return FoundFile{.file = std::move(file),
                   .open = std::make_shared<const OpenFile>(std::move(*open))};
}

Result<FoundFile> StaticDirectory::read(const NeedsReading& wanted,
                                        const std::stop_token& stop) const {
  const Representation& representation = wanted.representation;
  const auto with_name = [&](Error error) {
    return std::unexpected(
        std::move(error).with_context("'" + printable(representation.path) + "'"));
  };
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    auto open = root_.open_file(representation.path);
    if (!open) return std::unexpected(std::move(open.error()));
    const FileVersion version = open->version();
    auto file = known(representation, version);
    if (!file) {
      auto contents = read_contents(*open, fits_in_memory(version), stop);
      if (!contents) return with_name(std::move(contents.error()));
      const auto after = open->version_now();
      if (!after) return with_name(after.error());
      if (!*contents || *after != version) continue;
      file = remember(representation, version, (*contents)->digits, std::move((*contents)->bytes));
    }
    FoundFile found{.file = std::move(file), .open = nullptr};
    if (!found.file->content()) found.open = std::make_shared<const OpenFile>(std::move(*open));
    return found;
  }
  return fail(
      ErrorCode::kSystem,
      fmt::format("the file '{}' changes all the time while it is read; write it elsewhere, "
                  "and rename it into the directory that is served",
                  printable(representation.path)));
}

std::shared_ptr<const StaticFile> StaticDirectory::known(const Representation& representation,
                                                         const FileVersion& version) const {
  auto file = files_.find(file_key(representation));
  if (file && file->version() == version) return file;
  if (fits_in_memory(version)) return nullptr;
  const auto digits = tags_.find(version);
  return digits ? remember(representation, version, *digits, {}) : nullptr;
}

std::shared_ptr<const StaticFile> StaticDirectory::remember(
    const Representation& representation, const FileVersion& version, const std::string& digits,
    std::optional<std::string> content) const {
  auto file = std::make_shared<const StaticFile>(representation, version, digits,
                                                 std::move(content), options_, now());
  if (!is_settled(version, clock_.wall())) return file;
  std::string key = file_key(representation);
  const std::size_t weight = file->memory() + key.size() + kEntryBytes;
  files_.put(std::move(key), file, weight);
  if (!file->content()) tags_.put(version, std::make_shared<const std::string>(digits), 1);
  return file;
}

}  // namespace hermes::http

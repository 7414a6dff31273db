#include "http/static/static_file.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace hermes::http {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_small(char c) { return c >= 'a' && c <= 'z'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

constexpr std::size_t kShortestHash = 8;

bool looks_like_hash(std::string_view part) {
  if (part.size() < kShortestHash) return false;
  bool digits = false;
  bool small = false;
  bool capitals = false;
  bool hexadecimal = true;
  for (const char c : part) {
    if (!is_digit(c) && !is_small(c) && !is_capital(c) && c != '_') return false;
    digits |= is_digit(c);
    small |= is_small(c);
    capitals |= is_capital(c);
    hexadecimal &= is_digit(c) || (c >= 'a' && c <= 'f');
  }
  return digits && small && (hexadecimal || capitals);
}

constexpr std::string_view kImmutable = "public, max-age=31536000, immutable";

/// More than any file gets.
constexpr std::size_t kMostFields = 12;

/// Fields one after the other, without memory of their own.
class FieldList {
 public:
  void add(std::string_view name, std::string_view value) { fields_[count_++] = {name, value}; }
  void add_if(bool wanted, std::string_view name, std::string_view value) {
    if (wanted) add(name, value);
  }
  [[nodiscard]] std::span<const HeaderField> fields() const { return {fields_.data(), count_}; }

 private:
  std::array<HeaderField, kMostFields> fields_;
  std::size_t count_ = 0;
};

}  // namespace

bool has_hash_in_name(std::string_view path) {
  std::string_view name = path.substr(path.rfind('/') + 1);  // npos + 1 is 0.
  const std::size_t extension = name.rfind('.');
  if (extension == std::string_view::npos) return false;
  name = name.substr(0, extension);
  const std::size_t separator = name.find_last_of(".-");
  return separator != std::string_view::npos && looks_like_hash(name.substr(separator + 1));
}

StaticFile::StaticFile(const Representation& representation, const FileVersion& version,
                       std::string_view content_digits, std::optional<std::string> content,
                       const StaticOptions& options, HttpDate now)
    : version_(version),
      tag_(strong_tag(content_digits, representation.coding == ContentCoding::kIdentity
                                          ? std::string_view{}
                                          : name_of(representation.coding))),
      last_modified_(std::min(modification_date(version), now)),
      media_type_(representation.type.name),
      coding_(representation.coding),
      content_(std::move(content)) {
  // The hash is in the name of the file, not in that of its compressed variant.
  std::string_view plain_path = representation.path;
  plain_path.remove_suffix(suffix_of(coding_).size());
  const bool immutable =
      options.immutable_names == ImmutableNames::kYes && has_hash_in_name(plain_path);
  const std::string_view cache_control = immutable ? kImmutable : options.cache_control;
  const bool negotiated = options.precompressed == Precompressed::kUse &&
                          representation.type.compressible == Compressible::kYes;
  const bool isolated = options.cross_origin_isolation == CrossOriginIsolation::kYes;
  const std::string date = format_http_date(last_modified_);
  const std::string length = std::to_string(version_.size);

  // What a cache needs to bring up to date what it has (RFC 9110 section 15.4.5).
  FieldList common;
  common.add("etag", tag_);
  common.add_if(!cache_control.empty(), "cache-control", cache_control);
  common.add_if(negotiated, "vary", "accept-encoding");
  not_modified_.emplace(common.fields());

  // The length is last: without_length() leaves it out.
  FieldList all = common;
  all.add("content-type", media_type_);
  all.add_if(coding_ != ContentCoding::kIdentity, "content-encoding", name_of(coding_));
  all.add("last-modified", date);
  all.add("accept-ranges", "bytes");
  all.add("x-content-type-options", "nosniff");
  all.add_if(isolated, "cross-origin-opener-policy", "same-origin");
  all.add_if(isolated, "cross-origin-embedder-policy", "require-corp");
  all.add("content-length", length);
  ok_.emplace(all.fields());
}

Validators StaticFile::validators() const {
  return {.tag = {.opaque = std::string_view(tag_).substr(1, tag_.size() - 2), .weak = false},
          .last_modified = last_modified_};
}

std::span<const HeaderField> StaticFile::without_length() const {
  const auto all = ok_->fields();
  return all.first(all.size() - 1);
}

std::size_t StaticFile::memory() const {
  const auto size_of_block = [](const HeaderBlock& block) {
    return block.text().size() + block.fields().size_bytes();
  };
  return sizeof *this + tag_.capacity() + (content_ ? content_->capacity() : 0) +
         size_of_block(*ok_) + size_of_block(*not_modified_);
}

}  // namespace hermes::http

#include "http/static/media_type.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

namespace hermes::http {
namespace {

struct Known {
  std::string_view extension;
  MediaType type;
};

constexpr Compressible kYes = Compressible::kYes;
constexpr Compressible kNo = Compressible::kNo;

// Names as registered with IANA (RFC 6838); JavaScript by RFC 9239. JSON has no charset parameter
// (RFC 8259 section 11). Sorted by extension.
constexpr auto kKnown = std::to_array<Known>({
    {"7z", {"application/x-7z-compressed", kNo}},
    {"aac", {"audio/aac", kNo}},
    {"apng", {"image/apng", kNo}},
    {"atom", {"application/atom+xml", kYes}},
    {"avif", {"image/avif", kNo}},
    {"bmp", {"image/bmp", kYes}},
    {"br", {"application/octet-stream", kNo}},
    {"bz2", {"application/x-bzip2", kNo}},
    {"cjs", {"text/javascript; charset=utf-8", kYes}},
    {"css", {"text/css; charset=utf-8", kYes}},
    {"csv", {"text/csv; charset=utf-8", kYes}},
    {"epub", {"application/epub+zip", kNo}},
    {"flac", {"audio/flac", kNo}},
    {"gif", {"image/gif", kNo}},
    {"glb", {"model/gltf-binary", kYes}},
    {"gltf", {"model/gltf+json", kYes}},
    {"gz", {"application/gzip", kNo}},
    {"htm", {"text/html; charset=utf-8", kYes}},
    {"html", {"text/html; charset=utf-8", kYes}},
    {"ico", {"image/vnd.microsoft.icon", kYes}},
    {"ics", {"text/calendar; charset=utf-8", kYes}},
    {"jpeg", {"image/jpeg", kNo}},
    {"jpg", {"image/jpeg", kNo}},
    {"js", {"text/javascript; charset=utf-8", kYes}},
    {"json", {"application/json", kYes}},
    {"jsonld", {"application/ld+json", kYes}},
    {"jxl", {"image/jxl", kNo}},
    {"m4a", {"audio/mp4", kNo}},
    {"m4v", {"video/mp4", kNo}},
    {"map", {"application/json", kYes}},
    {"md", {"text/markdown; charset=utf-8", kYes}},
    {"mjs", {"text/javascript; charset=utf-8", kYes}},
    {"mov", {"video/quicktime", kNo}},
    {"mp3", {"audio/mpeg", kNo}},
    {"mp4", {"video/mp4", kNo}},
    {"oga", {"audio/ogg", kNo}},
    {"ogg", {"audio/ogg", kNo}},
    {"ogv", {"video/ogg", kNo}},
    {"opus", {"audio/ogg", kNo}},
    {"otf", {"font/otf", kYes}},
    {"pdf", {"application/pdf", kNo}},
    {"png", {"image/png", kNo}},
    {"rss", {"application/rss+xml", kYes}},
    {"svg", {"image/svg+xml", kYes}},
    {"tar", {"application/x-tar", kYes}},
    {"tif", {"image/tiff", kYes}},
    {"tiff", {"image/tiff", kYes}},
    {"toml", {"application/toml", kYes}},
    {"ttf", {"font/ttf", kYes}},
    {"txt", {"text/plain; charset=utf-8", kYes}},
    {"vtt", {"text/vtt; charset=utf-8", kYes}},
    {"wasm", {"application/wasm", kYes}},
    {"wav", {"audio/wav", kYes}},
    {"weba", {"audio/webm", kNo}},
    {"webm", {"video/webm", kNo}},
    {"webmanifest", {"application/manifest+json", kYes}},
    {"webp", {"image/webp", kNo}},
    {"woff", {"font/woff", kNo}},
    {"woff2", {"font/woff2", kNo}},
    {"xhtml", {"application/xhtml+xml", kYes}},
    {"xml", {"application/xml", kYes}},
    {"xz", {"application/x-xz", kNo}},
    {"yaml", {"application/yaml", kYes}},
    {"yml", {"application/yaml", kYes}},
    {"zip", {"application/zip", kNo}},
    {"zst", {"application/zstd", kNo}},
});
static_assert(std::ranges::is_sorted(kKnown, {}, &Known::extension));

constexpr std::size_t kLongestExtension = std::ranges::max(kKnown, {}, [](const Known& known) {
                                            return known.extension.size();
                                          }).extension.size();

}  // namespace

MediaType media_type_of(std::string_view file_name) {
  const std::size_t name_start = file_name.rfind('/') + 1;  // npos + 1 is 0.
  const std::size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos || dot < name_start) return {};
  const std::string_view extension = file_name.substr(dot + 1);
  if (extension.size() > kLongestExtension) return {};

  std::array<char, kLongestExtension> lower{};
  std::ranges::transform(extension, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const std::string_view wanted{lower.data(), extension.size()};
  const auto* known = std::ranges::lower_bound(kKnown, wanted, {}, &Known::extension);
  return known != kKnown.end() && known->extension == wanted ? known->type : MediaType{};
}

}  // namespace hermes::http

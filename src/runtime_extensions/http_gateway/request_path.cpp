#include "runtime_extensions/http_gateway/request_path.hpp"

#include "base/text.hpp"
#include "runtime_extensions/http_gateway/ascii.hpp"

#include <algorithm>
#include <optional>

namespace hermes::ext::http_gateway {
namespace {

// Decodes once, and makes several slashes one.
std::expected<std::string, PathFault> decode(std::string_view path) {
  std::string decoded;
  decoded.reserve(path.size());
  for (std::size_t at = 0; at < path.size(); ++at) {
    char c = path[at];
    if (c == '/' && decoded.ends_with('/')) continue;
    if (c == '%') {
      if (path.size() - at < 3) return std::unexpected(PathFault::kEncoding);
      const int high = hex_value(path[at + 1]);
      const int low = hex_value(path[at + 2]);
      if (high < 0 || low < 0) return std::unexpected(PathFault::kEncoding);
      c = static_cast<char>(high * 16 + low);
      if (c == '/') return std::unexpected(PathFault::kEncodedSlash);
      at += 2;
    }
    decoded += c;
  }
  return decoded;
}

// Without the parameters.
std::string_view segment_name(std::string_view segment) {
  return segment.substr(0, segment.find(';'));
}

bool has_dot_segment(std::string_view path) {
  std::size_t slash = 0;
  while (slash != std::string_view::npos) {
    const std::size_t next = path.find('/', slash + 1);
    const std::string_view name = segment_name(path.substr(slash + 1, next - slash - 1));
    if (name == "." || name == "..") return true;
    slash = next;
  }
  return false;
}

std::optional<PathFault> fault_of(std::string_view canonical) {
  if (std::ranges::any_of(canonical, [](char c) { return is_control(c) || c == '\\'; })) {
    return PathFault::kCharacter;
  }
  if (has_dot_segment(canonical)) return PathFault::kDotSegment;
  if (!is_utf8(canonical)) return PathFault::kNotUtf8;
  return std::nullopt;
}

}  // namespace

std::string_view describe(PathFault fault) {
  switch (fault) {
    case PathFault::kTooLong:
      return "The path is longer than 4096 bytes.";
    case PathFault::kNotAbsolute:
      return "The path does not begin with a slash.";
    case PathFault::kDoubleSlash:
      return "The path begins with two slashes.";
    case PathFault::kEncoding:
      return "In the path, % is not followed by two hexadecimal digits.";
    case PathFault::kEncodedSlash:
      return "The path has an encoded slash (%2F).";
    case PathFault::kCharacter:
      return "The path has a control character, a backslash, or a #.";
    case PathFault::kDotSegment:
      return "The path has a segment '.' or '..'.";
    case PathFault::kNotUtf8:
      return "The path is not UTF-8.";
  }
  return "The path is malformed.";
}

std::expected<RequestPath, PathFault> RequestPath::parse(std::string_view target) {
  RequestPath result;
  const std::size_t question = target.find('?');
  result.raw_ = target.substr(0, question);
  if (question != std::string_view::npos) result.query_ = target.substr(question + 1);

  const std::string_view raw = result.raw_;
  if (raw.size() > kMaxPathBytes) return std::unexpected(PathFault::kTooLong);
  if (!raw.starts_with('/')) return std::unexpected(PathFault::kNotAbsolute);
  if (raw.starts_with("//")) return std::unexpected(PathFault::kDoubleSlash);
  if (raw.find('#') != std::string_view::npos) return std::unexpected(PathFault::kCharacter);
  if (raw.find('%') != std::string_view::npos || raw.find("//") != std::string_view::npos) {
    auto decoded = decode(raw);
    if (!decoded) return std::unexpected(decoded.error());
    result.decoded_ = std::move(*decoded);
    result.is_as_sent_ = false;
  }
  if (const auto fault = fault_of(result.canonical())) return std::unexpected(*fault);
  return result;
}

bool RequestPath::has_decoration() const {
  const std::string_view path = canonical();
  return path.find(';') != std::string_view::npos || (path.size() > 1 && path.ends_with('/'));
}

std::string RequestPath::plain() const {
  const std::string_view path = canonical();
  std::string result;
  result.reserve(path.size());
  std::size_t slash = 0;
  while (slash != std::string_view::npos) {
    const std::size_t next = path.find('/', slash + 1);
    const std::string_view name = segment_name(path.substr(slash + 1, next - slash - 1));
    if (!name.empty()) (result += '/') += name;
    slash = next;
  }
  return result.empty() ? "/" : result;
}

}  // namespace hermes::ext::http_gateway

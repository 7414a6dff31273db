#include "http/static/request_path.hpp"

#include "base/text.hpp"

#include <optional>

namespace hermes::http {
namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return {};
}

bool is_c0_or_delete(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

/// U+0080 to U+009F, in text that is UTF-8.
bool has_c1(std::string_view text) {
  for (std::size_t at = text.find('\xc2'); at != std::string_view::npos;
       at = text.find('\xc2', at + 1)) {
    if (static_cast<unsigned char>(text[at + 1]) < 0xa0) return true;
  }
  return false;
}

/// What a segment is once it is decoded; `first`: it stands at the top.
std::optional<PathRefusal> check_segment(std::string_view segment, bool first) {
  if (segment.empty()) return PathRefusal::kEmptySegment;
  if (segment == "." || segment == "..") return PathRefusal::kDotSegment;
  if (segment.size() > kMaxPathSegmentBytes) return PathRefusal::kSegmentTooLong;
  if (segment.front() == '.' && !(first && segment == ".well-known")) return PathRefusal::kHidden;
  return {};
}

}  // namespace

std::string_view explain(PathRefusal refusal) {
  switch (refusal) {
    case PathRefusal::kTooLong:
      return "the path is too long";
    case PathRefusal::kNotAbsolute:
      return "the path does not begin with a slash";
    case PathRefusal::kNotAPath:
      return "the path has a '?' or '#' in it; as part of a name they are written %3F and %23";
    case PathRefusal::kPercentEncoding:
      return "a '%' in the path has to be followed by two hexadecimal digits";
    case PathRefusal::kControlCharacter:
      return "the path has a control character in it";
    case PathRefusal::kBackslash:
      return "the path has a backslash in it";
    case PathRefusal::kEncodedSlash:
      return "the path has an encoded slash in it";
    case PathRefusal::kNotUtf8:
      return "the path is not UTF-8";
    case PathRefusal::kDotSegment:
      return "the path has a segment '.' or '..'";
    case PathRefusal::kEmptySegment:
      return "the path has an empty segment";
    case PathRefusal::kSegmentTooLong:
      return "a segment of the path is too long";
    case PathRefusal::kHidden:
      return "there is no such file";
  }
  return {};
}

std::expected<RequestPath, PathRefusal> RequestPath::parse(std::string_view raw) {
  const auto refuse = [](PathRefusal refusal) { return std::unexpected(refusal); };
  if (raw.size() > kMaxRequestPathBytes) return refuse(PathRefusal::kTooLong);
  if (!raw.starts_with('/')) return refuse(PathRefusal::kNotAbsolute);

  RequestPath path;
  std::string& out = path.relative_;
  out.reserve(raw.size());
  std::size_t segment_start = 0;
  const auto end_segment = [&] {
    return check_segment(std::string_view(out).substr(segment_start), segment_start == 0);
  };
  for (std::size_t i = 1; i < raw.size(); ++i) {
    char c = raw[i];
    if (c == '?' || c == '#') return refuse(PathRefusal::kNotAPath);
    if (c == '/') {
      if (const auto refusal = end_segment()) return refuse(*refusal);
      out += '/';
      segment_start = out.size();
      continue;
    }
    if (c == '%') {
      const auto high = i + 2 < raw.size() ? hex_digit(raw[i + 1]) : std::nullopt;
      const auto low = i + 2 < raw.size() ? hex_digit(raw[i + 2]) : std::nullopt;
      if (!high || !low) return refuse(PathRefusal::kPercentEncoding);
      c = static_cast<char>(*high * 16 + *low);
      i += 2;
      if (c == '/') return refuse(PathRefusal::kEncodedSlash);
    }
    if (is_c0_or_delete(c)) return refuse(PathRefusal::kControlCharacter);
    if (c == '\\') return refuse(PathRefusal::kBackslash);
    out += c;
  }

  path.names_directory_ = segment_start == out.size();
  if (!path.names_directory_) {
    if (const auto refusal = end_segment()) return refuse(*refusal);
  } else if (!out.empty()) {
    out.pop_back();
  }
  if (!is_utf8(out)) return refuse(PathRefusal::kNotUtf8);
  if (has_c1(out)) return refuse(PathRefusal::kControlCharacter);
  return path;
}

std::string_view RequestPath::last_segment() const {
  return std::string_view(relative_).substr(relative_.rfind('/') + 1);  // npos + 1 is 0.
}

void append_encoded_segment(std::string& out, std::string_view segment) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  for (const char c : segment) {
    const bool unreserved = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                            (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (unreserved) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace hermes::http

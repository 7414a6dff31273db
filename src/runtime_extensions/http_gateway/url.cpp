#include "runtime_extensions/http_gateway/url.hpp"

#include "runtime_extensions/http_gateway/ascii.hpp"
#include "runtime_extensions/http_gateway/request_path.hpp"
#include "runtime_extensions/http_gateway/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace hermes::ext::http_gateway {
namespace {

// RFC 3986 section 2: unreserved, reserved but for the #, and the % of an encoding.
constexpr bool is_url_character(char c) {
  constexpr std::string_view kMarks = "-._~:/?[]@!$&'()*+,;=%";
  return is_letter(c) || is_digit(c) || kMarks.find(c) != std::string_view::npos;
}

// As browsers and inet_aton(3) see it: the last label is a number.
bool looks_like_a_number(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  std::string_view last = dot == std::string_view::npos ? name : name.substr(dot + 1);
  if (last.starts_with("0x")) {
    return std::ranges::all_of(last.substr(2), [](char c) { return hex_value(c) >= 0; });
  }
  return std::ranges::all_of(last, is_digit);
}

std::optional<Scheme> scheme_from(std::string_view text) {
  if (equals_ignoring_case(text, "http")) return Scheme::kHttp;
  if (equals_ignoring_case(text, "https")) return Scheme::kHttps;
  return std::nullopt;
}

// Whether a reference begins with a scheme (RFC 3986 section 4.1).
bool has_scheme(std::string_view reference) {
  const std::size_t end = reference.find_first_of(":/?");
  return end != std::string_view::npos && reference[end] == ':';
}

// RFC 3986 section 5.2.4, for a path that begins with a slash.
std::string without_dot_segments(std::string_view path) {
  std::string result;
  std::size_t slash = 0;
  while (slash != std::string_view::npos) {
    const std::size_t next = path.find('/', slash + 1);
    const std::string_view segment = path.substr(slash + 1, next - slash - 1);
    const bool is_last = next == std::string_view::npos;
    if (segment == "..") result.erase(std::min(result.rfind('/'), result.size()));
    if (segment != "." && segment != "..") {
      (result += '/') += segment;
    } else if (is_last) {
      result += '/';
    }
    slash = next;
  }
  return result;
}

std::unexpected<Error> refuse(std::string_view url, std::string_view why) {
  return fail(ErrorCode::kInvalidArgument, fmt::format("URL {}: {}", shown(url), why));
}

}  // namespace

std::string_view to_string(Scheme scheme) { return scheme == Scheme::kHttp ? "http" : "https"; }

std::uint16_t default_port(Scheme scheme) { return scheme == Scheme::kHttp ? 80 : 443; }

Result<Url> Url::parse(std::string_view text) { return parse(text, DotSegments::kRefuse); }

Result<Url> Url::parse(std::string_view text, DotSegments dots) {
  if (text.size() > kMaxUrlBytes) {
    return fail(ErrorCode::kLimit,
                fmt::format("a URL may have {} bytes, this one has {}", kMaxUrlBytes, text.size()));
  }
  if (text.find('#') != std::string_view::npos) {
    return refuse(text, "it must not have a fragment (#)");
  }
  if (!std::ranges::all_of(text, is_url_character)) {
    return refuse(text, "it has a character that must be percent-encoded in a URL");
  }
  const std::size_t colon = text.find("://");
  const auto scheme = scheme_from(text.substr(0, std::min(colon, text.size())));
  if (colon == std::string_view::npos || !scheme) {
    return refuse(text, "it must begin with http:// or https://");
  }
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t authority_end = std::min(rest.find_first_of("/?"), rest.size());
  const auto host = HostName::parse(rest.substr(0, authority_end));
  if (!host) return refuse(text, describe(host.error()));
  if (host->kind() == HostKind::kName && looks_like_a_number(host->name())) {
    return refuse(text, "its host is a number; write an IPv4 address as 192.0.2.1");
  }

  Url url(*scheme, *host);
  const std::string_view target = rest.substr(authority_end);
  const std::size_t question = std::min(target.find('?'), target.size());
  url.query_ = target.substr(question);
  url.path_ = question == 0 ? "/" : std::string(target.substr(0, question));
  if (dots == DotSegments::kRemove) url.path_ = without_dot_segments(url.path_);
  const auto path = RequestPath::parse(url.path_);
  if (!path) return refuse(text, describe(path.error()));
  url.canonical_path_ = path->canonical();
  return url;
}

Result<Url> Url::resolve(std::string_view reference) const {
  reference = reference.substr(0, reference.find('#'));
  // Not put together with the base before that: its length is the sender's.
  if (reference.size() > kMaxUrlBytes) return parse(reference);
  if (has_scheme(reference)) return parse(reference, DotSegments::kRemove);
  if (reference.starts_with("//")) {
    return parse(fmt::format("{}:{}", http_gateway::to_string(scheme_), reference),
                 DotSegments::kRemove);
  }
  std::string target(reference);
  if (reference.empty()) {
    target = path_ + query_;
  } else if (reference.starts_with('?')) {
    target = path_ + target;
  } else if (!reference.starts_with('/')) {
    target = path_.substr(0, path_.rfind('/') + 1) + target;
  }
  Url root = *this;
  root.path_.clear();
  root.query_.clear();
  return parse(root.to_string() + target, DotSegments::kRemove);
}

std::string Url::to_string() const {
  std::string text = fmt::format("{}://{}", http_gateway::to_string(scheme_), host_.name());
  if (port() != default_port(scheme_)) text += fmt::format(":{}", port());
  return text + path_ + query_;
}

}  // namespace hermes::ext::http_gateway

#include "http/http2_head.hpp"

#include "http/request_parser.hpp"

#include <algorithm>
#include <charconv>

namespace hermes::http {
namespace {

/// What a field costs besides its bytes (RFC 9113 section 6.5.2, SETTINGS_MAX_HEADER_LIST_SIZE).
constexpr std::size_t kFieldBytes = 32;

constexpr std::string_view kHost = "host";
constexpr std::string_view kCookie = "cookie";
constexpr std::string_view kBetweenCookies = "; ";

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char each) {
    return each >= 'A' && each <= 'Z' ? static_cast<char>(each + ('a' - 'A')) : each;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

Http2Head::Part Http2Head::keep(std::string_view text) {
  const Part part{.begin = bytes_.size(), .size = text.size()};
  bytes_ += text;
  return part;
}

bool Http2Head::count(std::string_view name, std::string_view value) {
  size_ += name.size() + value.size() + kFieldBytes;
  if (size_ > limits_.max_header_bytes) too_large_ = true;
  if (!name.starts_with(':') && ++count_ > limits_.max_header_fields) too_many_ = true;
  return !too_large_ && !too_many_;
}

void Http2Head::add(std::string_view name, std::string_view value) {
  if (!count(name, value)) return;
  if (name.starts_with(':')) return add_pseudo(name, value);
  if (name == kCookie) {
    if (!cookie_.empty()) cookie_ += kBetweenCookies;
    cookie_ += value;
    return;
  }
  const Part kept_name = keep(name);
  places_.push_back({.name = kept_name, .value = keep(value)});
}

void Http2Head::add_pseudo(std::string_view name, std::string_view value) {
  if (name == ":method") {
    method_ = keep(value);
  } else if (name == ":path") {
    path_ = keep(value);
  } else if (name == ":authority") {
    authority_ = keep(value);
    has_authority_ = true;
  }
  // :scheme says how the client came here, which the connection says as well.
}

bool Http2Head::add_trailer(std::string_view name, std::string_view value) {
  const bool over = too_large_ || too_many_;
  if (over) return true;
  if (!count(name, value)) return false;
  trailers_.emplace_back(name, value);
  return true;
}

std::optional<Refusal> Http2Head::finish() {
  if (!cookie_.empty()) {
    const Part name = keep(kCookie);
    places_.push_back({.name = name, .value = keep(cookie_)});
  }
  const auto host =
      std::ranges::find(places_, kHost, [&](const Place& each) { return each.name.of(bytes_); });
  const bool has_host = host != places_.end();
  if (!has_authority_ && has_host) authority_ = host->value;
  if (has_authority_ && !has_host) {
    const Part name = keep(kHost);
    places_.insert(places_.begin(), {.name = name, .value = authority_});
  }
  fields_.reserve(places_.size());
  for (const Place& each : places_) {
    fields_.push_back({.name = each.name.of(bytes_), .value = each.value.of(bytes_)});
  }
  return check();
}

std::optional<Refusal> Http2Head::check() {
  if (too_large_) return RequestParser::head_too_large();
  if (too_many_) return Refusal{431, "there are too many header fields"};
  if (method() == "CONNECT") return Refusal{501, "this server is not a proxy"};
  // No absolute form: its authority has a field of its own here.
  if (!is_valid_target(method(), path()) || path().starts_with("http")) {
    return Refusal{400, "the :path is neither a path nor, for OPTIONS, an asterisk"};
  }
  const std::size_t hosts = count_fields(fields_, kHost);
  if (hosts != 1 || !equal_ignoring_case(*find_field(fields_, kHost), authority())) {
    return Refusal{400,
                   "a request is for one host: one Host field at most, which says what "
                   ":authority says"};
  }
  if (const auto length = find_field(fields_, "content-length")) {
    content_length_ = parse_length(*length);
    if (!content_length_) return Refusal{400, "the Content-Length is not a number"};
    if (*content_length_ > limits_.max_body_bytes) return refusal_of(ContentError::kTooLarge);
  }
  if (const auto expect = find_field(fields_, "expect")) {
    if (!equal_ignoring_case(*expect, "100-continue")) {
      return Refusal{417, "the only expectation that is known here is 100-continue"};
    }
    expects_continue_ = true;
  }
  return std::nullopt;
}

}  // namespace hermes::http

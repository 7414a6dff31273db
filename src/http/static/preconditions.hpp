// Conditional requests: whether to answer, by what the client already has (RFC 9110 section 13).
#pragma once

#include "http/static/entity_tag.hpp"
#include "http/static/http_date.hpp"

#include <cstdint>
#include <string_view>

namespace hermes::http {

/// The values of the fields; empty stands for a field that was not sent.
struct Conditions {
  std::string_view if_match = {};
  std::string_view if_none_match = {};
  std::string_view if_modified_since = {};
  std::string_view if_unmodified_since = {};
  std::string_view if_range = {};
};

/// What the selected representation is recognised by.
struct Validators {
  EntityTag tag;
  HttpDate last_modified;
};

enum class Verdict : std::uint8_t {
  /// As if there were no conditions; Range counts.
  kProceed,
  /// The same, but the range is of something that the client does not have: send everything.
  kIgnoreRange,
  /// 304.
  kNotModified,
  /// 412.
  kFailed,
};

/// The verdict for GET and HEAD on a representation that exists, in the order of section 13.2.2.
///
/// A date that cannot be read is as if it had not been sent; a list of tags that cannot be read
/// names nothing. A date in If-Range counts only when it is that of the representation exactly, and
/// this lies at least a second before `now`, so that it is a strong validator (section 8.8.2.2).
/// `now` is the wall clock. Any thread; no allocation.
[[nodiscard]] Verdict evaluate(const Conditions& conditions, const Validators& current,
                               HttpDate now);

}  // namespace hermes::http

#include "http/static/preconditions.hpp"

#include <chrono>
#include <optional>

namespace hermes::http {
namespace {

/// Section 13.1.5.
bool range_is_of(std::string_view if_range, const Validators& current, HttpDate now) {
  if (const auto tag = parse_entity_tag(if_range))
    return matches(*tag, current.tag, TagComparison::kStrong);
  const auto date = parse_http_date(if_range, now);
  return date && *date == current.last_modified &&
         now - current.last_modified >= std::chrono::seconds{1};
}

}  // namespace

Verdict evaluate(const Conditions& conditions, const Validators& current, HttpDate now) {
  // Steps 1 and 2.
  if (!conditions.if_match.empty()) {
    if (!list_matches(conditions.if_match, current.tag, TagComparison::kStrong))
      return Verdict::kFailed;
  } else if (const auto date = parse_http_date(conditions.if_unmodified_since, now)) {
    if (current.last_modified > *date) return Verdict::kFailed;
  }
  // Steps 3 and 4.
  if (!conditions.if_none_match.empty()) {
    if (list_matches(conditions.if_none_match, current.tag, TagComparison::kWeak))
      return Verdict::kNotModified;
  } else if (const auto date = parse_http_date(conditions.if_modified_since, now)) {
    if (current.last_modified <= *date) return Verdict::kNotModified;
  }
  // Step 5.
  if (!conditions.if_range.empty() && !range_is_of(conditions.if_range, current, now))
    return Verdict::kIgnoreRange;
  return Verdict::kProceed;
}

}  // namespace hermes::http

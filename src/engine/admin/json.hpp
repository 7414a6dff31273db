// What the documents of the admin listener have in common.
#pragma once

#include "base/clock.hpp"
#include "base/duration_buckets.hpp"
#include "base/text.hpp"
#include "http/request_counters.hpp"

#include <boost/json.hpp>

#include <chrono>
#include <string>
#include <string_view>

namespace hermes::engine {

/// Well-formed UTF-8, whatever `from` is.
inline boost::json::string text(std::string_view from) {
  return boost::json::string(to_utf8(from));
}

inline double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

/// "2024-01-01T00:05:00.123Z", whenever it is.
[[nodiscard]] std::string time_text(WallTime time);

/// {"counts":[...],"sum_s":...}: by the buckets of duration_buckets.hpp, not added up.
[[nodiscard]] boost::json::object histogram(const DurationHistogram& of);
/// The bounds of the buckets, in seconds; the last one has none.
[[nodiscard]] boost::json::array bucket_bounds();

/// {"by_class":{"2xx":...},"by_method":{"GET":...},"took":...,"content_bytes":...,"broken_off":...}
[[nodiscard]] boost::json::object requests(const http::RequestCounts& counts);

}  // namespace hermes::engine

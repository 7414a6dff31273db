#include "engine/admin/json.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace hermes::engine {

namespace json = boost::json;

std::string time_text(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::milliseconds>(time - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

json::object histogram(const DurationHistogram& of) {
  constexpr double kNanosecondsPerSecond = 1e9;
  json::array counts;
  for (const std::uint64_t count : of.counts) counts.emplace_back(count);
  return {{"counts", std::move(counts)},
          {"sum_s", static_cast<double>(of.sum_ns) / kNanosecondsPerSecond}};
}

json::array bucket_bounds() {
  json::array bounds;
  for (std::size_t i = 0; i < kDurationBounds; ++i) bounds.emplace_back(seconds(duration_bound(i)));
  return bounds;
}

json::object requests(const http::RequestCounts& counts) {
  json::object by_method;
  std::array<std::uint64_t, http::kStatusClasses.size()> of_class{};
  for (std::size_t method = 0; method < http::kCountedMethods.size(); ++method) {
    std::uint64_t of_method = 0;
    for (std::size_t status = 0; status < of_class.size(); ++status) {
      of_method += counts.requests[method][status];
      of_class[status] += counts.requests[method][status];
    }
    by_method.emplace(http::kCountedMethods[method], of_method);
  }
  json::object by_class;
  for (std::size_t status = 0; status < of_class.size(); ++status) {
    by_class.emplace(http::kStatusClasses[status], of_class[status]);
  }
  return {{"by_class", std::move(by_class)},
          {"by_method", std::move(by_method)},
          {"took", histogram(counts.took)},
          {"content_bytes", counts.content_bytes},
          {"broken_off", counts.broken_off}};
}

}  // namespace hermes::engine

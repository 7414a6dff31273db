#include "http/limits.hpp"

#include <fmt/format.h>

#include <string_view>

namespace hermes::http {
namespace {

template <class T>
Result<void> check(std::string_view name, T value, T least, T most) {
  if (value >= least && value <= most) return {};
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is {}; it must be from {} to {}", name, value, least, most));
}

Result<void> check_time(std::string_view name, Duration value) {
  using std::chrono::milliseconds;
  const auto in_ms = [](Duration time) {
    return std::chrono::duration_cast<milliseconds>(time).count();
  };
  return check(name, in_ms(value), in_ms(milliseconds{100}), in_ms(std::chrono::hours{24}));
}

}  // namespace

Result<void> check_limits(const Limits& limits) {
  constexpr std::size_t kMany = 1'000'000;
  for (const Result<void>& each : {
           check<std::size_t>("max_connections", limits.max_connections, 1, kMany),
           check<std::size_t>("max_connections_per_address", limits.max_connections_per_address, 1,
                              kMany),
           check<std::size_t>("max_header_bytes", limits.max_header_bytes, 1024, 1024 * 1024),
           check<std::size_t>("max_header_fields", limits.max_header_fields, 1, 1000),
           check<std::uint64_t>("max_body_bytes", limits.max_body_bytes, 0, std::uint64_t{1} << 40),
           check<std::uint64_t>("max_collected_bytes", limits.max_collected_bytes, 0,
                                std::uint64_t{1} << 40),
           check_time("header_time", limits.header_time),
           check_time("idle_time", limits.idle_time),
           check_time("rate_grace", limits.rate_grace),
           check<std::uint64_t>("min_bytes_per_second", limits.min_bytes_per_second, 0,
                                std::uint64_t{1} << 30),
           check<std::uint64_t>("max_requests_per_connection", limits.max_requests_per_connection,
                                1, UINT64_MAX),
       }) {
    if (!each) return each;
  }
  return {};
}

}  // namespace hermes::http

#include "http/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace hermes::http {
namespace {

struct Setting {
  std::string_view name;
  std::uint64_t least;
  std::uint64_t most;
  std::uint64_t (*get)(const Limits&);
  void (*set)(Limits&, std::uint64_t);
};

template <auto Member>
constexpr Setting number(std::string_view name, std::uint64_t least, std::uint64_t most) {
  return {name, least, most, [](const Limits& limits) -> std::uint64_t { return limits.*Member; },
          [](Limits& limits, std::uint64_t value) { limits.*Member = value; }};
}

/// In milliseconds.
template <auto Member>
constexpr Setting time(std::string_view name) {
  using std::chrono::milliseconds;
  return {name, 100, 86'400'000,
          [](const Limits& limits) {
            return static_cast<std::uint64_t>(
                std::chrono::duration_cast<milliseconds>(limits.*Member).count());
          },
          [](Limits& limits, std::uint64_t value) { limits.*Member = milliseconds{value}; }};
}

constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::uint64_t kMega = std::uint64_t{1} << 20;
constexpr std::uint64_t kTera = std::uint64_t{1} << 40;

// A window is at most what RFC 9113 section 6.9.1 allows, and not below what a client takes for
// granted until it has seen the server's SETTINGS.
constexpr std::uint64_t kLeastWindow = 65'535;
constexpr std::uint64_t kMostWindow = (std::uint64_t{1} << 30) - 1;

constexpr std::array kSettings{
    number<&Limits::max_connections>("max_connections", 1, kMillion),
    number<&Limits::max_connections_per_address>("max_connections_per_address", 1, kMillion),
    number<&Limits::max_requests_per_second_per_address>("max_requests_per_second_per_address", 0,
                                                         kMillion),
    number<&Limits::max_request_burst_per_address>("max_request_burst_per_address", 1, kMillion),
    number<&Limits::max_header_bytes>("max_header_bytes", 1024, kMega),
    number<&Limits::max_header_fields>("max_header_fields", 1, 1000),
    number<&Limits::max_body_bytes>("max_body_bytes", 0, kTera),
    number<&Limits::max_collected_bytes>("max_collected_bytes", 0, kTera),
    time<&Limits::handshake_time>("handshake_time_ms"),
    time<&Limits::header_time>("header_time_ms"),
    time<&Limits::idle_time>("idle_time_ms"),
    number<&Limits::min_bytes_per_second>("min_bytes_per_second", 0, std::uint64_t{1} << 30),
    time<&Limits::rate_grace>("rate_grace_ms"),
    number<&Limits::max_requests_per_connection>("max_requests_per_connection", 1,
                                                 std::numeric_limits<std::int64_t>::max()),
    number<&Limits::http2_max_streams>("http2_max_streams", 1, 10'000),
    number<&Limits::http2_max_resets>("http2_max_resets", 1, kMillion),
    number<&Limits::http2_resets_per_second>("http2_resets_per_second", 0, kMillion),
    number<&Limits::http2_max_control_frames>("http2_max_control_frames", 10, kMillion),
    number<&Limits::http2_control_frames_per_second>("http2_control_frames_per_second", 1,
                                                     kMillion),
    number<&Limits::http2_max_acks>("http2_max_acks", 1, kMillion),
    number<&Limits::http2_window_bytes>("http2_window_bytes", kLeastWindow, kMostWindow),
    number<&Limits::http2_memory_bytes>("http2_memory_bytes", std::uint64_t{256} * 1024, kTera),
};

Result<void> check(const Setting& setting, std::uint64_t value) {
  if (value >= setting.least && value <= setting.most) return {};
  return fail(ErrorCode::kInvalidArgument,
              fmt::format("{} is {}; it must be from {} to {}", setting.name, value, setting.least,
                          setting.most));
}

}  // namespace

bool is_too_slow(const Limits& limits, Duration lasted, std::uint64_t bytes) {
  if (lasted <= limits.rate_grace) return false;
  const double seconds = std::chrono::duration<double>(lasted).count();
  return static_cast<double>(bytes) < seconds * static_cast<double>(limits.min_bytes_per_second);
}

Result<void> check_limits(const Limits& limits) {
  for (const Setting& setting : kSettings) {
    if (auto checked = check(setting, setting.get(limits)); !checked) return checked;
  }
  return {};
}

Result<void> set_limit(Limits& limits, std::string_view name, std::string_view value) {
  const auto setting = std::ranges::find(kSettings, name, &Setting::name);
  if (setting == kSettings.end()) {
    std::string known;
    for (const Setting& each : kSettings)
      known += fmt::format("{}{}", known.empty() ? "" : ", ", each.name);
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("there is no limit {}; there are {}", name, known));
  }
  std::uint64_t number = 0;
  const char* const end = value.data() + value.size();
  const auto [stopped, error] = std::from_chars(value.data(), end, number);
  if (error != std::errc{} || stopped != end) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("{} is {}; it must be a number from {} to {}", name, value,
                            setting->least, setting->most));
  }
  if (auto checked = check(*setting, number); !checked) return checked;
  setting->set(limits, number);
  return {};
}

}  // namespace hermes::http

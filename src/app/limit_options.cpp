#include "app/limit_options.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <limits>

namespace hermes::app {
namespace {

using std::chrono::milliseconds;

constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
constexpr std::uint64_t kDayMs = std::uint64_t{24} * 60 * 60 * 1000;

std::uint64_t to_ms(Duration duration) {
  return static_cast<std::uint64_t>(
      std::max<milliseconds::rep>(0, std::chrono::ceil<milliseconds>(duration).count()));
}
Duration from_ms(std::uint64_t value) { return milliseconds(value); }

constexpr std::array kOptions = {
    LimitOption{"--weight", "N",
                "Share of the workers, relative to other applications that have something to do", 1,
                1000, [](const ApplicationBounds& b) -> std::uint64_t { return b.queue.weight; },
                [](ApplicationBounds& b, std::uint64_t value) {
                  b.queue.weight = static_cast<std::uint32_t>(value);
                }},
    LimitOption{"--max-events", "N", "Events that may wait and run together; more are refused", 1,
                1'000'000,
                [](const ApplicationBounds& b) -> std::uint64_t { return b.queue.max_events; },
                [](ApplicationBounds& b, std::uint64_t value) { b.queue.max_events = value; }},
    LimitOption{
        "--max-events-per-lane", "N", "The same for the events of one source", 1, 1'000'000,
        [](const ApplicationBounds& b) -> std::uint64_t { return b.queue.max_events_per_lane; },
        [](ApplicationBounds& b, std::uint64_t value) { b.queue.max_events_per_lane = value; }},
    LimitOption{"--max-running", "N", "Events that may run at the same time", 1, 100'000,
                [](const ApplicationBounds& b) -> std::uint64_t { return b.queue.max_running; },
                [](ApplicationBounds& b, std::uint64_t value) { b.queue.max_running = value; }},
    LimitOption{
        "--deadline-ms", "MS", "How long one call may take, waiting included", 1, kDayMs,
        [](const ApplicationBounds& b) { return to_ms(b.queue.call_deadline); },
        [](ApplicationBounds& b, std::uint64_t value) { b.queue.call_deadline = from_ms(value); }},
    LimitOption{
        "--wait-deadline-ms", "MS",
        "How long an event may wait before it starts; 0: as long as it takes", 0, kDayMs,
        [](const ApplicationBounds& b) { return to_ms(b.queue.wait_deadline); },
        [](ApplicationBounds& b, std::uint64_t value) { b.queue.wait_deadline = from_ms(value); }},
    LimitOption{"--max-memory-mb", "MIB",
                "Memory of one call, all its memories and tables together", 1, kMebibyte,
                [](const ApplicationBounds& b) {
                  return (b.call.max_memory_bytes + kMebibyte - 1) / kMebibyte;
                },
                [](ApplicationBounds& b, std::uint64_t value) {
                  b.call.max_memory_bytes = value * kMebibyte;
                }},
    LimitOption{"--max-handles", "N", "Entries of each table of handles of one call", 1, 1'000'000,
                [](const ApplicationBounds& b) -> std::uint64_t { return b.call.max_handles; },
                [](ApplicationBounds& b, std::uint64_t value) {
                  b.call.max_handles = static_cast<std::uint32_t>(value);
                }},
    LimitOption{
        "--log-lines-per-second", "N", "Lines that guests may print and log; more are dropped", 1,
        1'000'000, [](const ApplicationBounds& b) { return b.output.lines_per_second; },
        [](ApplicationBounds& b, std::uint64_t value) { b.output.lines_per_second = value; }},
    LimitOption{
        "--output-bytes-per-second", "BYTES", "The same in bytes", 1024, std::uint64_t{1} << 30,
        [](const ApplicationBounds& b) { return b.output.bytes_per_second; },
        [](ApplicationBounds& b, std::uint64_t value) { b.output.bytes_per_second = value; }},
};

std::unexpected<Error> out_of_range(const LimitOption& limit, std::string_view value) {
  return fail(
      ErrorCode::kInvalidArgument,
      fmt::format("{} {}: it must be a whole number from {} to {} (without it: {})", limit.option,
                  printable(value), limit.least, limit.most, limit.standard()));
}

bool in_range(const LimitOption& limit, std::uint64_t value) {
  return value >= limit.least && value <= limit.most;
}

}  // namespace

std::span<const LimitOption> limit_options() { return kOptions; }

Result<void> set_limit(ApplicationBounds& bounds, const LimitOption& limit, std::string_view text) {
  std::uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [read_to, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || read_to != end || !in_range(limit, value)) {
    return out_of_range(limit, text);
  }
  limit.set(bounds, value);
  return {};
}

Result<void> check_limits(const ApplicationBounds& bounds) {
  for (const LimitOption& limit : kOptions) {
    const std::uint64_t value = limit.get(bounds);
    if (!in_range(limit, value)) return out_of_range(limit, std::to_string(value));
  }
  return {};
}

}  // namespace hermes::app

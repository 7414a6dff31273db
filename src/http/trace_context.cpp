#include "http/trace_context.hpp"

#include "http/hexadecimal.hpp"

#include <fmt/format.h>

#include <optional>

namespace hermes::http {
namespace {

// version "-" trace-id "-" parent-id "-" flags
constexpr std::size_t kVersion = 0;
constexpr std::size_t kTrace = 3;
constexpr std::size_t kParent = 36;
constexpr std::size_t kFlags = 53;
constexpr std::size_t kSize = 55;
constexpr std::uint64_t kInvalidVersion = 0xff;

std::optional<TraceContext> parse(std::string_view text) {
  if (text.size() < kSize) return std::nullopt;
  if (text[kTrace - 1] != '-' || text[kParent - 1] != '-' || text[kFlags - 1] != '-') {
    return std::nullopt;
  }
  const auto version = read_hexadecimal(text.substr(kVersion, 2));
  if (!version || *version == kInvalidVersion) return std::nullopt;
  // Later versions may have more, after another dash.
  if (text.size() > kSize && (*version == 0 || text[kSize] != '-')) return std::nullopt;
  const auto high = read_hexadecimal(text.substr(kTrace, 16));
  const auto low = read_hexadecimal(text.substr(kTrace + 16, 16));
  const auto parent = read_hexadecimal(text.substr(kParent, 16));
  const auto flags = read_hexadecimal(text.substr(kFlags, 2));
  if (!high || !low || !parent || !flags) return std::nullopt;
  if ((*high | *low) == 0 || *parent == 0) return std::nullopt;
  // Of the flags only "sampled" has a meaning.
  return TraceContext{.trace_high = *high,
                      .trace_low = *low,
                      .span = *parent,
                      .flags = static_cast<std::uint8_t>(*flags & 1)};
}

std::uint64_t not_zero(Random& random) {
  for (;;) {
    if (const std::uint64_t value = random.next(); value != 0) return value;
  }
}

}  // namespace

TraceContext TraceContext::continue_from(std::string_view traceparent, Random& random) {
  std::optional<TraceContext> given = parse(traceparent);
  TraceContext result = given.value_or(TraceContext{});
  if (!given) {
    result.trace_high = random.next();
    result.trace_low = not_zero(random);
  }
  result.span = not_zero(random);
  return result;
}

std::string TraceContext::to_string() const {
  return fmt::format("00-{:016x}{:016x}-{:016x}-{:02x}", trace_high, trace_low, span, flags);
}

std::string TraceContext::trace_id() const {
  return fmt::format("{:016x}{:016x}", trace_high, trace_low);
}

}  // namespace hermes::http

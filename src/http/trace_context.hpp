// Which trace a request belongs to: the traceparent field of W3C Trace Context, level 1.
#pragma once

#include "base/random.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hermes::http {

/// A place in a trace. A value type.
struct TraceContext {
  std::uint64_t trace_high = 0;
  std::uint64_t trace_low = 0;
  /// This server's part of it.
  std::uint64_t span = 0;
  std::uint8_t flags = 0;

  /// Continues the trace of the field's value `traceparent`; begins one when there is none or it is
  /// not valid (section 3.2.2). A begun one is not sampled.
  static TraceContext continue_from(std::string_view traceparent, Random& random);

  /// "00-<32 digits>-<16 digits>-<2 digits>": what a guest, or another server, continues.
  [[nodiscard]] std::string to_string() const;
  /// The 32 digits.
  [[nodiscard]] std::string trace_id() const;

  friend bool operator==(const TraceContext&, const TraceContext&) = default;
};

}  // namespace hermes::http

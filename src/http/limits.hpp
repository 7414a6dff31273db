// What the server puts up with.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hermes::http {

/// Bounds of a server, for all of its listeners together where nothing else is said. What happens
/// at each is in docs/http.md. Times are kept to about a quarter of a second.
struct Limits {
  /// Open at the same time; more are answered 503 and closed, about a second after they have come.
  std::size_t max_connections = 16'384;
  /// Of one address (an IPv6 address counts with its /64). Behind a proxy that is everybody.
  std::size_t max_connections_per_address = 4096;
  /// Requests of one address, on all of its connections; 0: as many as it can ask. So many more may
  /// come at once after a pause. Others wait for their turn, and are answered 429 when that would
  /// take more than a second.
  std::uint64_t max_requests_per_second_per_address = 0;
  std::uint64_t max_request_burst_per_address = 100;
  /// The request line and all fields, in bytes. 8 KiB is what RFC 9112 section 3 asks for at least.
  std::size_t max_header_bytes = std::size_t{32} * 1024;
  /// Field lines.
  std::size_t max_header_fields = 100;
  /// Content of a request, in bytes, after chunked coding was taken off.
  std::uint64_t max_body_bytes = std::uint64_t{32} * 1024 * 1024;
  /// Content that is collected for handlers which want all of it, of all requests together, in
  /// bytes; more is answered 503.
  std::uint64_t max_collected_bytes = std::uint64_t{512} * 1024 * 1024;
  /// Of TLS, from the beginning of the connection on.
  Duration handshake_time = std::chrono::seconds{10};
  /// From the first byte of a request to the end of its fields.
  Duration header_time = std::chrono::seconds{10};
  /// Without a request.
  Duration idle_time = std::chrono::seconds{60};
  /// How slowly a client may send content and take the answer, in bytes per second on average over
  /// each `rate_grace`.
  std::uint64_t min_bytes_per_second = 1024;
  Duration rate_grace = std::chrono::seconds{10};
  /// After so many requests a connection is closed, so that load balances again.
  std::uint64_t max_requests_per_connection = 100'000;

  // Of each HTTP/2 connection.

  /// Requests under way at the same time; a handler counts until it has come back, also when its
  /// client has long reset the stream.
  std::size_t http2_max_streams = 100;
  /// Streams that end with an error, whoever says so first: that many at once, and then so many per
  /// second. A client that makes work only to abandon it (CVE-2023-44487, CVE-2025-8671) has the
  /// connection closed.
  std::uint64_t http2_max_resets = 200;
  std::uint64_t http2_resets_per_second = 20;
  /// Frames that carry no content and no head (PING, SETTINGS, PRIORITY, empty DATA, ...): that
  /// many at once, and then so many per second. Window updates for what was sent do not count.
  std::uint64_t http2_max_control_frames = 2000;
  std::uint64_t http2_control_frames_per_second = 200;
  /// Answers to PING and SETTINGS that wait to be sent.
  std::size_t http2_max_acks = 1000;
  /// Content of one request that the handler has not read yet, in bytes: the client sends no more.
  std::size_t http2_window_bytes = std::size_t{256} * 1024;
  /// What frames, streams and header tables take, in bytes; content is not counted here.
  std::size_t http2_memory_bytes = std::size_t{2} * 1024 * 1024;
};

/// Whether a client that has moved `bytes` in `lasted` is slower than it may be.
[[nodiscard]] bool is_too_slow(const Limits& limits, Duration lasted, std::uint64_t bytes);

/// Refuses what no server could work with; the error names the limit, the value and the range.
Result<void> check_limits(const Limits& limits);

/// Sets the limit `name`, called as its member, times with `_ms` behind it and in milliseconds. The
/// error names it, the value and the range, or which limits there are.
Result<void> set_limit(Limits& limits, std::string_view name, std::string_view value);

}  // namespace hermes::http

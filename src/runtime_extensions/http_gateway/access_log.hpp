// A log line for each request.
#pragma once

#include "base/adaptive_mutex.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/rate_limit.hpp"
#include "http/shard.hpp"

#include <cstdint>
#include <string_view>

namespace hermes::ext::http_gateway {

/// Writes a line for each answer at level info: "GET /path 200", and beside it the application, the
/// client's address, bytes, time and the ids by which other lines about the request are found. And
/// one for TLS handshakes that fail, as far as there are not too many. Any thread.
class AccessLog final : public http::AnswerObserver {
 public:
  /// Handshakes that fail are what anybody can cause: no more lines than this.
  static constexpr std::uint64_t kHandshakeLinesPerSecond = 1;
  static constexpr std::uint64_t kHandshakeLinesAtOnce = 10;

  /// `log` and `clock` outlive it.
  AccessLog(Log& log, const Clock& clock) : log_(log), clock_(clock) {}

  void on_answered(const http::Answered& answered) override;
  void on_handshake_failed(const http::Tcp::endpoint& client, std::string_view why) override;

 private:
  Log& log_;
  const Clock& clock_;
  AdaptiveMutex mutex_;
  RateLimit handshake_lines_{kHandshakeLinesPerSecond, kHandshakeLinesAtOnce};
};

}  // namespace hermes::ext::http_gateway

// Lets no address ask faster than it may.
#pragma once

#include "base/clock.hpp"
#include "http/handler.hpp"
#include "http/request_rates.hpp"
#include "http/shard.hpp"

#include <chrono>

namespace hermes::http {

/// Lets the requests of an address wait for their turn before another handler has them, and answers
/// 429 (RFC 6585 section 4) to those that would wait too long: as late as that, so that who asks
/// again at once does not ask more often. Any worker.
class RequestPacing final : public Handler {
 public:
  /// Nobody waits longer.
  static constexpr Duration kPatience = std::chrono::seconds{1};

  /// All of them outlive it.
  RequestPacing(RequestRates& rates, const Clock& clock, ServerCounters& counters, Handler& next)
      : rates_(rates), clock_(clock), counters_(counters), next_(next) {}

  Awaitable<Response> handle(Request& request) override;

 private:
  RequestRates& rates_;
  const Clock& clock_;
  ServerCounters& counters_;
  Handler& next_;
};

}  // namespace hermes::http

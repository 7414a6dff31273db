// `internal-redirect`: what is at a URL becomes the answer.
#pragma once

#include "base/log.hpp"
#include "event/worker_pool.hpp"
#include "http/client/client.hpp"
#include "http/io.hpp"
#include "http/request.hpp"
#include "http/response.hpp"
#include "runtime_extensions/http_gateway/outgoing_config.hpp"
#include "runtime_extensions/http_gateway/outgoing_counters.hpp"
#include "runtime_extensions/http_gateway/redirect_rules.hpp"

#include <string>

namespace hermes::ext::http_gateway {

/// Redirects of the other side are followed so often; then it is a loop.
inline constexpr int kMaxRedirectHops = 10;

/// The limits of a request that the engine sends by itself.
[[nodiscard]] http::TransferLimits transfer_limits(const OutgoingConfig& config);
/// Asks `grant` about the addresses that a connection is made to.
[[nodiscard]] std::function<bool(const boost::asio::ip::address&)> address_check(
    const RedirectGrant& grant);

/// What a redirect is followed with; all of it outlives the answer.
struct RedirectParts {
  http::Client& client;
  const OutgoingConfig& config;
  const RedirectRules& rules;
  event::WorkerPool& workers;
  Log& log;
  /// Of the application.
  OutgoingCounters& counters;
};

/// Fetches `url` for `request`, by GET (or HEAD, if that is what was asked), and gives the answer
/// out while it comes. Of the request's fields those go along that say which representation is
/// wanted, and credentials where a rule says so. Each hop has to be allowed by `parts.rules`. What
/// goes wrong before the answer begins is a 502 or 504. A client that goes ends it. On a worker.
http::Awaitable<http::Response> follow_redirect(RedirectParts parts, http::Request& request,
                                                std::string url);

}  // namespace hermes::ext::http_gateway

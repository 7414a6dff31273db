// What a server with TLS answers besides what its handler does.
#pragma once

#include "http/handler.hpp"

#include <cstdint>
#include <string>

namespace hermes::http {

/// Sends clients to the same address by https: 308 (RFC 9110 section 15.4.9), so that the method
/// stays what it is.
class RedirectToHttps final : public Handler {
 public:
  /// `port`: of https.
  void set_port(std::uint16_t port) { port_ = port; }

  Awaitable<Response> handle(Request& request) override;

 private:
  std::uint16_t port_ = 443;
};

/// Adds Strict-Transport-Security (RFC 6797) to what another handler answers, unless it has that
/// field already.
class StrictTransportSecurity final : public Handler {
 public:
  /// `next` outlives it. `value`: a field value.
  StrictTransportSecurity(Handler& next, std::string value)
      : next_(next), value_(std::move(value)) {}

  Awaitable<Response> handle(Request& request) override;

 private:
  Handler& next_;
  std::string value_;
};

}  // namespace hermes::http

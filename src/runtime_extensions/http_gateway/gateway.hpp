// Answers requests: finds the application, asks whether the client may, and routes.
#pragma once

#include "app/application.hpp"
#include "app/extension_state.hpp"
#include "base/blocking.hpp"
#include "base/log.hpp"
#include "event/event.hpp"
#include "event/worker_pool.hpp"
#include "http/client/client.hpp"
#include "http/handler.hpp"
#include "runtime_extensions/http_gateway/config.hpp"
#include "runtime_extensions/http_gateway/guest_headers.hpp"
#include "runtime_extensions/http_gateway/state.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

namespace hermes::ext::http_gateway {

/// What the gateway works with; all of it outlives it.
struct GatewayParts {
  /// nullptr when there is no application of that name.
  std::function<std::shared_ptr<app::Application>(std::string_view)> find_application;
  app::StateSlot<GatewayState> slot;
  const HostTable& hosts;
  event::WorkerPool& workers;
  /// Reads files that are not in memory.
  BlockingExecutor& files;
  event::EventKind reply;
  event::EventKind validate_auth;
  /// Of modules with wasi:http.
  event::EventKind incoming;
  Log& log;
  /// Follows redirects of modules.
  http::Client& client;
  const OutgoingConfig& outgoing;
  /// Of the content of a request that a module gets whole.
  std::uint64_t max_content_bytes;
};

/// The handler of the gateway's server. Any worker.
class Gateway final : public http::Handler {
 public:
  explicit Gateway(GatewayParts parts) : parts_(std::move(parts)) {}

  http::Awaitable<http::Response> handle(http::Request& request) override;

 private:
  /// What a request has been found to be about.
  struct Target {
    const std::shared_ptr<app::Application>& application;
    GatewayState& state;
    const RequestPath& path;
  };

  http::Awaitable<http::Response> answer(http::Request& request, const Target& target);
  /// Nothing: the request goes on.
  http::Awaitable<std::optional<http::Response>> authorise(http::Request& request,
                                                           const Target& target,
                                                           const GuestHeaders& headers);
  http::Awaitable<http::Response> reply(http::Request& request, const Target& target,
                                        const GuestHeaders& headers, event::Handler* only);
  http::Awaitable<http::Response> send_file(http::Request& request, const Target& target,
                                            std::string_view allow);
  /// By a module with wasi:http.
  http::Awaitable<http::Response> serve(http::Request& request, const Target& target,
                                        event::Handler& module);

  GatewayParts parts_;
};

}  // namespace hermes::ext::http_gateway

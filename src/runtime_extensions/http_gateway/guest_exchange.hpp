// A request that a module with wasi:http answers.
#pragma once

#include "app/application.hpp"
#include "base/log.hpp"
#include "event/event.hpp"
#include "event/handler.hpp"
#include "event/worker_pool.hpp"
#include "http/io.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

#include <memory>

namespace hermes::ext::http_gateway {

/// What an exchange with a guest needs of the gateway; all of it outlives the exchange.
struct GuestExchangeParts {
  event::WorkerPool& workers;
  /// Of IncomingRequest.
  event::EventKind kind;
  Log& log;
};

/// Has `module`, of `application`, answer `request`. Both bodies are streamed: the content of the
/// request goes to the guest as it comes and as the guest reads it, the answer begins when the
/// guest has set it, and its content goes to the client as the guest writes it. When the client
/// goes, or is too slow, the guest is stopped; when the answer is complete it may go on until its
/// deadline. On the worker of the connection.
http::Awaitable<http::Response> answer_by_guest(
    const GuestExchangeParts& parts, http::Request& request,
    const std::shared_ptr<app::Application>& application, event::Handler& module);

}  // namespace hermes::ext::http_gateway

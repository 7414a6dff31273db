// Between the server and whoever answers.
#pragma once

#include "http/io.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

namespace hermes::http {

/// Answers requests. Any worker; several at the same time.
class Handler {
 public:
  Handler() = default;
  Handler(const Handler&) = delete;
  Handler& operator=(const Handler&) = delete;
  virtual ~Handler() = default;

  /// Answers `request`, which lives until the answer is sent. Runs on the worker of its connection
  /// and comes back to it. Must not throw. What it does not read of the content is thrown away.
  virtual Awaitable<Response> handle(Request& request) = 0;
};

}  // namespace hermes::http

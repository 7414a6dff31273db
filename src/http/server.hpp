// An HTTP server on the worker threads.
#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "event/worker_pool.hpp"
#include "http/handler.hpp"
#include "http/io.hpp"
#include "http/limits.hpp"
#include "http/shard.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace hermes::http {

struct ServerOptions {
  /// Port 0: one that is free.
  std::vector<Tcp::endpoint> addresses;
  Limits limits;
};

/// Listens on every worker at once (SO_REUSEPORT): the kernel spreads connections, and each stays
/// on the worker that took it, where its requests are parsed, handled and answered. HTTP/1.1 and
/// HTTP/1.0 (RFC 9112).
class Server {
 public:
  /// Listens from now on. `workers` runs, and runs until after this has been destroyed; `handler`,
  /// `observer` (which may be nullptr) and `log` outlive it. The error names the address or the
  /// limit, and what is wrong with it. Not from a worker.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options,
                                               event::WorkerPool& workers, Handler& handler,
                                               AnswerObserver* observer, Log& log);
  /// Stops without grace. Not from a worker.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Accepts nothing more, closes connections without a request, and lets the others finish theirs:
  /// `grace` long, then they are cut off. Waits for that; returns how many were cut off. Not from a
  /// worker. Only once.
  std::size_t stop(Duration grace);

  /// Where it listens, with the ports that were chosen; in the order of the options.
  [[nodiscard]] const std::vector<Tcp::endpoint>& addresses() const;
  [[nodiscard]] const ServerCounters& counters() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// "127.0.0.1:8080", "[::1]:8080".
[[nodiscard]] std::string to_text(const Tcp::endpoint& address);

}  // namespace hermes::http

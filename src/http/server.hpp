// An HTTP server on the worker threads.
#pragma once

#include "base/log.hpp"
#include "base/result.hpp"
#include "event/worker_pool.hpp"
#include "http/handler.hpp"
#include "http/io.hpp"
#include "http/limits.hpp"
#include "http/shard.hpp"
#include "http/tls/context.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace hermes::http {

/// Listening for TLS.
struct SecureOptions {
  std::vector<Tcp::endpoint> addresses;
  /// Not null where there are addresses.
  std::shared_ptr<const TlsContext> context;
  /// The value of Strict-Transport-Security that answers over TLS have (RFC 6797); empty: none.
  std::string strict_transport_security;
  /// Without TLS: here every request is answered 308, with the same address by https.
  std::vector<Tcp::endpoint> redirect_addresses;
  /// Where the redirection leads; 0: to the port of the first of `addresses`, which there is.
  std::uint16_t redirect_port = 0;
};

/// Ports that are 0: one that is free.
struct ServerOptions {
  /// Without TLS.
  std::vector<Tcp::endpoint> addresses;
  SecureOptions secure;
  Limits limits;
};

/// What has become of the connections of one listener so far.
struct ListenerStats {
  Tcp::endpoint address;
  /// There now.
  std::uint64_t open = 0;
  std::uint64_t accepted = 0;
  /// Over one of the bounds of connections.
  std::uint64_t refused = 0;
  /// Ended because they were too slow.
  std::uint64_t timed_out = 0;
  /// TLS: connections that have become secure, and those that have not; also where there is none,
  /// and a client speaks it nevertheless.
  std::uint64_t handshakes = 0;
  std::uint64_t handshakes_failed = 0;
  /// Bytes, without what TLS adds.
  std::uint64_t received = 0;
  std::uint64_t sent = 0;
};

/// Listens on every worker at once (SO_REUSEPORT): the kernel spreads connections, and each stays
/// on the worker that took it, where its requests are parsed, handled and answered. HTTP/2
/// (RFC 9113), HTTP/1.1 and HTTP/1.0 (RFC 9112).
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

  /// Connections that come from now on get their certificates from `context`; those that are there
  /// keep theirs. Only where TLS is listened for, and before stop(). Not from a worker.
  void use(const std::shared_ptr<const TlsContext>& context);

  /// Where it listens, with the ports that were chosen; in the order of the options.
  [[nodiscard]] const std::vector<Tcp::endpoint>& addresses() const;
  [[nodiscard]] const std::vector<Tcp::endpoint>& secure_addresses() const;
  [[nodiscard]] const std::vector<Tcp::endpoint>& redirect_addresses() const;
  [[nodiscard]] const ServerCounters& counters() const;
  /// Of all addresses, those that are secure included. Any thread.
  [[nodiscard]] std::vector<ListenerStats> listeners() const;

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// "127.0.0.1:8080", "[::1]:8080".
[[nodiscard]] std::string to_text(const Tcp::endpoint& address);

}  // namespace hermes::http

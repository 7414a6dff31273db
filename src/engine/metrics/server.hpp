// Serves metrics over HTTP.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace hermes::engine {

/// What a metrics server puts up with.
struct MetricsServerOptions {
  boost::asio::ip::tcp::endpoint address;
  /// Connections at the same time; more are answered 503 and closed.
  std::size_t max_connections = 16;
  /// Of a request: its first line and all header fields. More is answered 431.
  std::size_t max_header_bytes = 4096;
  /// How long a connection may take to send a request, and to take the answer. Then it is closed.
  Duration timeout = std::chrono::seconds{10};
};

/// An HTTP/1.1 server (RFC 9112) with one resource: `GET /metrics` gives a text that a function
/// makes. Everything else is 404; other methods than GET and HEAD are 405; what is no HTTP, or has
/// a body, is 400.
///
/// Runs on a thread of its own, which does nothing else: the engine can be looked at while its
/// workers are busy or stuck, and making the text takes no time from them. A slow client costs one
/// of the connections and no thread.
class MetricsServer {
 public:
  /// Called on the server's thread, for one request at a time.
  using Text = std::function<std::string()>;

  /// Listens from now on. `log` outlives the server. The error names the address and what the
  /// system says.
  static Result<std::unique_ptr<MetricsServer>> start(const MetricsServerOptions& options,
                                                      Text text, Log& log);
  /// Closes all connections; no text is asked for any more.
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  /// Where it listens, with the port that was chosen.
  [[nodiscard]] boost::asio::ip::tcp::endpoint address() const;

 private:
  class Impl;
  explicit MetricsServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace hermes::engine

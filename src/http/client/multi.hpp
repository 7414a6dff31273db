// libcurl's many transfers on one Asio loop.
#pragma once

#include "http/io.hpp"

#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <curl/curl.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>

namespace hermes::http {

/// Moves all transfers that were added, when their sockets or timers are ready. One thread: that of
/// the loop.
class Multi {
 public:
  struct Bounds {
    /// Connections in all, and to one host; what needs another one waits.
    std::size_t connections = 256;
    std::size_t connections_per_host = 64;
    /// Connections that are kept for later.
    std::size_t idle_connections = 64;
  };
  /// `on_done` is called with each transfer that has ended, and the reason. It may remove it.
  Multi(boost::asio::io_context& io, const Bounds& bounds,
        std::function<void(CURL*, CURLcode)> on_done);
  /// Closes all connections. No transfer is left.
  ~Multi();
  Multi(const Multi&) = delete;
  Multi& operator=(const Multi&) = delete;

  /// false: out of memory.
  [[nodiscard]] bool add(CURL* easy);
  /// Not from within a callback of a transfer.
  void remove(CURL* easy);

 private:
  using Descriptor = boost::asio::posix::basic_stream_descriptor<IoExecutor>;

  /// A socket that libcurl wants to hear about. The socket is libcurl's.
  struct Watch {
    Watch(boost::asio::io_context& io, curl_socket_t socket) : descriptor(io, socket) {}
    Descriptor descriptor;
    int wanted = 0;
    bool waits_to_read = false;
    bool waits_to_write = false;
    bool ended = false;
  };

  static int on_socket(CURL* easy, curl_socket_t socket, int what, void* self, void* watch);
  static int on_timer(CURLM* multi, long milliseconds, void* self);
  void watch(curl_socket_t socket, int what);
  void wait(const std::shared_ptr<Watch>& watch);
  void act(curl_socket_t socket, int ready);

  boost::asio::io_context& io_;
  std::function<void(CURL*, CURLcode)> on_done_;
  Timer timer_;
  std::map<curl_socket_t, std::shared_ptr<Watch>> watches_;
  CURLM* multi_;
};

}  // namespace hermes::http

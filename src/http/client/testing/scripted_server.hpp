// A server that does to its clients what a test says.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace hermes::http::testing {

/// The server's end of one connection. Blocks; everything ends when the server does.
class Peer {
 public:
  explicit Peer(boost::asio::ip::tcp::socket& socket) : socket_(socket) {}

  /// Up to the blank line; empty: the client has closed.
  std::string read_head();
  /// So many bytes, or fewer when the client has closed.
  std::string read(std::size_t count);
  /// Reads chunks up to the last; what they hold, and whatever follows as trailers.
  std::string read_chunks(std::string* trailers = nullptr);
  /// false: the client has closed.
  bool send(std::string_view bytes);
  /// Waits until the client closes. Whether it did not send anything before.
  bool wait_until_closed();

 private:
  bool fill();
  std::string read_line();

  boost::asio::ip::tcp::socket& socket_;
  std::string buffer_;
};

/// What a script and its test tell each other. Any thread.
template <class T>
class Shared {
 public:
  void set(T value) {
    const std::lock_guard lock(mutex_);
    value_ = std::move(value);
  }
  [[nodiscard]] T get() const {
    const std::lock_guard lock(mutex_);
    return value_;
  }

 private:
  mutable std::mutex mutex_;
  T value_{};
};

/// Listens on 127.0.0.1, and runs the script for each connection on a thread of its own; the
/// connection ends with it.
class ScriptedServer {
 public:
  using Script = std::function<void(Peer&)>;
  explicit ScriptedServer(Script script);
  /// Ends all connections.
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// "http://127.0.0.1:PORT" and the path.
  [[nodiscard]] std::string url(std::string_view path) const;
  /// How many there have been.
  [[nodiscard]] std::size_t connections() const { return connections_; }

 private:
  struct Connection {
    explicit Connection(boost::asio::ip::tcp::socket accepted) : socket(std::move(accepted)) {}
    boost::asio::ip::tcp::socket socket;
    std::thread thread;
  };
  void accept();

  Script script_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_;
  std::atomic<std::size_t> connections_{0};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::list<Connection> running_;
  std::thread thread_;
};

}  // namespace hermes::http::testing

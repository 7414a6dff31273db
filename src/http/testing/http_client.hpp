// A TCP client that sends what a test says, byte by byte if it must.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <sys/types.h>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace hermes::http::testing {

struct HttpAnswer {
  int status = 0;
  /// First line and fields.
  std::string header;
  std::string body;
  /// Fields after chunked content, a line each.
  std::string trailers;
};

/// One connection. Reading waits for what must come, a minute at most: then it aborts, and the test
/// with it.
class HttpClient {
 public:
  explicit HttpClient(const boost::asio::ip::tcp::endpoint& server);
  virtual ~HttpClient() = default;
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// false: the server has closed already.
  virtual bool send(std::string_view bytes);
  /// The next answer; nothing when the server closes before it is whole. To HEAD there is no body.
  std::optional<HttpAnswer> read(bool to_head = false);
  /// Everything until the server closes.
  std::string read_until_closed();
  /// Nothing more is sent; the server sees the end.
  virtual void end_sending();
  /// Waits until the server closes. true: nothing came before.
  bool closed_without_a_word();

 protected:
  /// At least one byte; 0 or less: closed, or failed.
  virtual ssize_t receive(std::span<char> into);
  [[nodiscard]] int descriptor() { return socket_.native_handle(); }

 private:
  /// More bytes into buffer_; false: closed.
  bool fill();
  std::optional<std::string> read_line();
  bool read_chunks(HttpAnswer& answer);

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::string buffer_;
};

/// One request on a connection of its own.
std::optional<HttpAnswer> http_get(const boost::asio::ip::tcp::endpoint& server,
                                   std::string_view target);

}  // namespace hermes::http::testing

// One connection of the metrics server. Internal to it.
#pragma once

#include "base/clock.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <cstddef>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>

namespace hermes::engine {

/// What connections of one server share. Used by the server's thread only.
struct MetricsConnectionContext {
  const std::function<std::string()>& text;
  std::size_t max_header_bytes;
  Duration timeout;
  /// Connections that are there.
  std::size_t open = 0;
};

/// Reads requests and answers them, one after the other, until the client closes, asks for
/// something that is refused, or is too slow. Lives as long as an operation of it is under way.
class MetricsConnection : public std::enable_shared_from_this<MetricsConnection> {
 public:
  /// `context` outlives it.
  MetricsConnection(boost::asio::ip::tcp::socket socket, MetricsConnectionContext& context);
  ~MetricsConnection();
  MetricsConnection(const MetricsConnection&) = delete;
  MetricsConnection& operator=(const MetricsConnection&) = delete;

  /// Starts with the first request.
  void read();

 private:
  using Parser = boost::beast::http::request_parser<boost::beast::http::empty_body>;
  using Response = boost::beast::http::response<boost::beast::http::string_body>;

  void on_read(const boost::beast::error_code& error);
  /// The answer to what has been read.
  [[nodiscard]] Response answer() const;
  [[nodiscard]] static Response plain(boost::beast::http::status status, std::string text);
  void write(Response response);
  void on_written(const boost::beast::error_code& error);
  /// Tells the client that nothing follows, and waits for it to close: so that it gets the answer
  /// although it may still be sending.
  void finish();
  void discard();

  MetricsConnectionContext& context_;
  boost::beast::tcp_stream stream_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::optional<Response> response_;
  std::optional<boost::beast::http::response_serializer<boost::beast::http::string_body>>
      serializer_;
};

}  // namespace hermes::engine

#include "engine/metrics/connection.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace hermes::engine {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

constexpr std::string_view kPath = "/metrics";
constexpr std::string_view kTextFormat = "text/plain; version=0.0.4; charset=utf-8";
/// HTTP/1.1 as Beast writes it.
constexpr unsigned kVersion11 = 11;
/// What a client that was refused may still send before it is cut off.
constexpr std::size_t kMostDiscarded = std::size_t{64} * 1024;

std::string_view path_of(beast::string_view target) {
  const std::string_view text(target.data(), target.size());
  return text.substr(0, text.find('?'));
}

/// What is wrong with the header of a request for a server that takes no bodies (RFC 9112 sections
/// 3.2 and 6.3); empty: nothing.
std::string_view objection(const http::request<http::empty_body>& request, bool has_body) {
  if (has_body) return "no request has a body here\n";
  if (request.version() >= kVersion11 && request.count(http::field::host) != 1) {
    return "a request has one Host field\n";
  }
  return {};
}

}  // namespace

MetricsConnection::MetricsConnection(boost::asio::ip::tcp::socket socket,
                                     MetricsConnectionContext& context)
    : context_(context), stream_(std::move(socket)), buffer_(context.max_header_bytes) {
  ++context_.open;
}

MetricsConnection::~MetricsConnection() { --context_.open; }

void MetricsConnection::read() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(context_.max_header_bytes));
  stream_.expires_after(context_.timeout);
  http::async_read_header(stream_, buffer_, *parser_,
                          [self = shared_from_this()](const beast::error_code& error, std::size_t) {
                            self->on_read(error);
                          });
}

void MetricsConnection::on_read(const beast::error_code& error) {
  // Closed between two requests, or within one; or too slow.
  if (error == http::error::end_of_stream || error == http::error::partial_message) return;
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return write(plain(http::status::request_header_fields_too_large,
                       "the header of the request is too large\n"));
  }
  if (error.category() == http::make_error_code(http::error::bad_version).category()) {
    return write(
        plain(http::status::bad_request, "this is not HTTP/1.1: " + error.message() + "\n"));
  }
  if (error) return;
  write(answer());
}

MetricsConnection::Response MetricsConnection::answer() const {
  const auto& request = parser_->get();
  const bool has_body = parser_->chunked() || parser_->content_length().value_or(0) > 0;
  if (const std::string_view problem = objection(request, has_body); !problem.empty()) {
    return plain(http::status::bad_request, std::string(problem));
  }
  if (path_of(request.target()) != kPath) {
    return plain(http::status::not_found, "there is only /metrics here\n");
  }
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    Response refused = plain(http::status::method_not_allowed, "use GET\n");
    refused.set(http::field::allow, "GET, HEAD");
    return refused;
  }
  Response response(http::status::ok, kVersion11, context_.text());
  response.set(http::field::content_type,
               beast::string_view(kTextFormat.data(), kTextFormat.size()));
  response.set(http::field::cache_control, "no-store");
  response.keep_alive(request.keep_alive());
  return response;
}

MetricsConnection::Response MetricsConnection::plain(http::status status, std::string text) {
  Response response(status, kVersion11, std::move(text));
  response.set(http::field::content_type, "text/plain; charset=utf-8");
  // Whatever follows such a request is not looked at.
  response.keep_alive(false);
  return response;
}

void MetricsConnection::write(Response response) {
  response.set("X-Content-Type-Options", "nosniff");
  response.prepare_payload();
  response_.emplace(std::move(response));
  serializer_.emplace(*response_);
  stream_.expires_after(context_.timeout);
  const auto done = [self = shared_from_this()](const beast::error_code& error, std::size_t) {
    self->on_written(error);
  };
  if (parser_->get().method() == http::verb::head) {
    http::async_write_header(stream_, *serializer_, done);
  } else {
    http::async_write(stream_, *serializer_, done);
  }
}

void MetricsConnection::on_written(const beast::error_code& error) {
  if (error) return;
  if (response_->keep_alive()) {
    read();
  } else {
    finish();
  }
}

void MetricsConnection::finish() {
  beast::error_code ignored;
  stream_.socket().shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
  // One time for all that is still read: a client that goes on sending is cut off.
  stream_.expires_after(context_.timeout);
  buffer_ = beast::flat_buffer(kMostDiscarded);
  discard();
}

void MetricsConnection::discard() {
  constexpr std::size_t kAtOnce = 4096;
  const std::size_t room = std::min(kAtOnce, buffer_.max_size() - buffer_.size());
  if (room == 0) return;
  stream_.async_read_some(
      buffer_.prepare(room),
      [self = shared_from_this()](const beast::error_code& error, std::size_t read) {
        if (error) return;
        self->buffer_.commit(read);
        self->discard();
      });
}

}  // namespace hermes::engine

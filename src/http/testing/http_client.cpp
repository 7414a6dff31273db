#include "http/testing/http_client.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace hermes::http::testing {
namespace {

constexpr timeval kPatience{.tv_sec = 60, .tv_usec = 0};

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// The value of Content-Length; 0 where there is none.
std::size_t content_length(const std::string& header) {
  const std::string text = lower_case(header);
  const std::size_t at = text.find("\r\ncontent-length:");
  return at == std::string::npos ? 0 : std::strtoull(text.c_str() + at + 17, nullptr, 10);
}

}  // namespace

HttpClient::HttpClient(const boost::asio::ip::tcp::endpoint& server) : socket_(io_) {
  socket_.connect(server);
  socket_.set_option(boost::asio::ip::tcp::no_delay(true));
  setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
}

bool HttpClient::send(std::string_view bytes) {
  boost::system::error_code error;
  boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), error);
  return !error;
}

bool HttpClient::fill() {
  std::array<char, 4096> bytes{};
  const ssize_t count = receive(bytes);
  if (count <= 0) return false;
  buffer_.append(bytes.data(), static_cast<std::size_t>(count));
  return true;
}

ssize_t HttpClient::receive(std::span<char> into) {
  const ssize_t count = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
    std::fputs("the server neither answers nor closes\n", stderr);
    std::abort();
  }
  return count;
}

std::optional<HttpAnswer> HttpClient::read(bool to_head) {
  constexpr std::string_view kEnd = "\r\n\r\n";
  std::size_t end = buffer_.find(kEnd);
  while (end == std::string::npos) {
    if (!fill()) return std::nullopt;
    end = buffer_.find(kEnd);
  }
  HttpAnswer answer;
  answer.header = buffer_.substr(0, end);
  buffer_.erase(0, end + kEnd.size());
  constexpr std::string_view kVersion = "HTTP/1.1 ";
  if (answer.header.starts_with(kVersion))
    answer.status = std::atoi(&answer.header[kVersion.size()]);
  if (!to_head &&
      lower_case(answer.header).find("\r\ntransfer-encoding: chunked") != std::string::npos) {
    if (!read_chunks(answer)) return std::nullopt;
    return answer;
  }
  const std::size_t length = to_head ? 0 : content_length(answer.header);
  while (buffer_.size() < length) {
    if (!fill()) return std::nullopt;
  }
  answer.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return answer;
}

std::optional<std::string> HttpClient::read_line() {
  std::size_t end = buffer_.find("\r\n");
  while (end == std::string::npos) {
    if (!fill()) return std::nullopt;
    end = buffer_.find("\r\n");
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

bool HttpClient::read_chunks(HttpAnswer& answer) {
  for (;;) {
    const auto size_line = read_line();
    if (!size_line) return false;
    const std::size_t size = std::strtoull(size_line->c_str(), nullptr, 16);
    if (size == 0) break;
    while (buffer_.size() < size + 2) {
      if (!fill()) return false;
    }
    answer.body += buffer_.substr(0, size);
    buffer_.erase(0, size + 2);
  }
  for (;;) {
    const auto line = read_line();
    if (!line) return false;
    if (line->empty()) return true;
    answer.trailers += *line + "\n";
  }
}

std::string HttpClient::read_until_closed() {
  while (fill()) {
  }
  return std::exchange(buffer_, {});
}

void HttpClient::end_sending() {
  boost::system::error_code ignored;
  socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send, ignored);
}

bool HttpClient::closed_without_a_word() {
  while (fill()) {
  }
  return buffer_.empty();
}

std::optional<HttpAnswer> http_get(const boost::asio::ip::tcp::endpoint& server,
                                   std::string_view target) {
  HttpClient client(server);
  client.send("GET " + std::string(target) +
              " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  return client.read();
}

}  // namespace hermes::http::testing

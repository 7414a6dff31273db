#include "http/client/testing/scripted_server.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cstdlib>
#include <utility>

namespace hermes::http::testing {

using boost::asio::ip::tcp;
using boost::system::error_code;

bool Peer::fill() {
  std::array<char, 65536> part{};
  error_code error;
  const std::size_t count = socket_.read_some(boost::asio::buffer(part), error);
  buffer_.append(part.data(), count);
  return !error;
}

std::string Peer::read_head() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  std::string head = buffer_.substr(0, end + 4);
  buffer_.erase(0, end + 4);
  return head;
}

std::string Peer::read(std::size_t count) {
  while (buffer_.size() < count && fill()) {
  }
  std::string bytes = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return bytes;
}

std::string Peer::read_line() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n")) == std::string::npos) {
    if (!fill()) return {};
  }
  std::string line = buffer_.substr(0, end);
  buffer_.erase(0, end + 2);
  return line;
}

std::string Peer::read_chunks(std::string* trailers) {
  std::string content;
  for (;;) {
    const std::size_t size = std::strtoul(read_line().c_str(), nullptr, 16);
    if (size == 0) break;
    content += read(size);
    read(2);
  }
  for (std::string line = read_line(); !line.empty(); line = read_line()) {
    if (trailers != nullptr) *trailers += line + "\n";
  }
  return content;
}

bool Peer::send(std::string_view bytes) {
  error_code error;
  boost::asio::write(socket_, boost::asio::buffer(bytes), error);
  return !error;
}

bool Peer::wait_until_closed() {
  while (fill()) {
  }
  return buffer_.empty();
}

ScriptedServer::ScriptedServer(Script script)
    : script_(std::move(script)),
      acceptor_(io_, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)),
      port_(acceptor_.local_endpoint().port()),
      thread_([this] { accept(); }) {}

ScriptedServer::~ScriptedServer() {
  stopping_ = true;
  // Wakes whoever accepts or reads.
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
  thread_.join();
  const std::lock_guard lock(mutex_);
  for (Connection& each : running_) ::shutdown(each.socket.native_handle(), SHUT_RDWR);
  for (Connection& each : running_) each.thread.join();
}

std::string ScriptedServer::url(std::string_view path) const {
  return fmt::format("http://127.0.0.1:{}{}", port_, path);
}

void ScriptedServer::accept() {
  while (!stopping_) {
    error_code error;
    tcp::socket socket(io_);
    acceptor_.accept(socket, error);
    if (error) return;
    ++connections_;
    const std::lock_guard lock(mutex_);
    Connection& connection = running_.emplace_back(std::move(socket));
    connection.thread = std::thread([this, &connection] {
      Peer peer(connection.socket);
      script_(peer);
      // Not closed: its number must not become another's before the thread is joined.
      ::shutdown(connection.socket.native_handle(), SHUT_RDWR);
    });
  }
}

}  // namespace hermes::http::testing

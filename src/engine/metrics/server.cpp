#include "engine/metrics/server.hpp"

#include "engine/metrics/connection.hpp"
#include "engine/metrics/listen_address.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <pthread.h>

#include <string_view>
#include <thread>
#include <utility>

namespace hermes::engine {
namespace {

using boost::asio::ip::tcp;
using SystemError = boost::system::error_code;

constexpr std::string_view kTooMany =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
    "Retry-After: 10\r\nContent-Length: 32\r\nConnection: close\r\n\r\n"
    "too many connections; come later";

/// After a failure to accept (no file descriptor is left) the next try waits so long.
constexpr std::chrono::milliseconds kAcceptAgain{200};

}  // namespace

/// Everything of it but start and stop happens on its thread.
class MetricsServer::Impl {
 public:
  Impl(const MetricsServerOptions& options, Text text, Log& log)
      : options_(options),
        text_(std::move(text)),
        log_(log),
        context_{.text = text_,
                 .max_header_bytes = options.max_header_bytes,
                 .timeout = options.timeout},
        acceptor_(io_),
        again_(io_) {}

  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  Result<void> start() {
    SystemError error;
    static_cast<void>(listen(error));
    if (error) {
      return fail(ErrorCode::kSystem,
                  fmt::format("cannot listen at {}: {}; choose another address, or port 0",
                              to_text(options_.address), error.message()));
    }
    accept();
    thread_ = std::thread([this] {
      pthread_setname_np(pthread_self(), "hermes-metrics");
      io_.run();
    });
    return {};
  }

  [[nodiscard]] tcp::endpoint address() const { return address_; }

 private:
  SystemError listen(SystemError& error) {
    if (acceptor_.open(options_.address.protocol(), error)) return error;
    if (acceptor_.set_option(tcp::acceptor::reuse_address(true), error)) return error;
    if (acceptor_.bind(options_.address, error)) return error;
    if (acceptor_.listen(static_cast<int>(options_.max_connections), error)) return error;
    address_ = acceptor_.local_endpoint(error);
    return error;
  }

  void accept() {
    acceptor_.async_accept([this](const SystemError& error, tcp::socket socket) {
      if (error) return accept_again(error);
      if (context_.open < options_.max_connections) {
        std::make_shared<MetricsConnection>(std::move(socket), context_)->read();
      } else {
        refuse(std::move(socket));
      }
      accept();
    });
  }

  void accept_again(const SystemError& error) {
    if (!failed_) log_.warn("metrics: cannot accept a connection: {}", error.message());
    failed_ = true;
    again_.expires_after(kAcceptAgain);
    again_.async_wait([this](const SystemError& cancelled) {
      if (!cancelled) accept();
    });
  }

  /// Says so if that takes no time, and closes.
  static void refuse(tcp::socket socket) {
    SystemError ignored;
    socket.non_blocking(true, ignored);
    socket.write_some(boost::asio::buffer(kTooMany.data(), kTooMany.size()), ignored);
    socket.shutdown(tcp::socket::shutdown_both, ignored);
  }

  const MetricsServerOptions options_;
  const Text text_;
  Log& log_;
  tcp::endpoint address_;
  bool failed_ = false;
  // Before io_: connections that are left end with it, and count themselves.
  MetricsConnectionContext context_;
  boost::asio::io_context io_{1};
  tcp::acceptor acceptor_;
  boost::asio::steady_timer again_;
  std::thread thread_;
};

MetricsServer::MetricsServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
MetricsServer::~MetricsServer() = default;

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const MetricsServerOptions& options,
                                                            Text text, Log& log) {
  auto impl = std::make_unique<Impl>(options, std::move(text), log);
  if (auto started = impl->start(); !started) return std::unexpected(std::move(started).error());
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(impl)));
}

tcp::endpoint MetricsServer::address() const { return impl_->address(); }

}  // namespace hermes::engine

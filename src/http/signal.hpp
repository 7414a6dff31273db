// Waiting for somebody else on the same worker.
#pragma once

#include "http/io.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <functional>
#include <utility>

namespace hermes::http {

/// One coroutine waits until it is notified; it looks itself whether what it waits for has come.
/// One worker.
class Signal {
 public:
  explicit Signal(boost::asio::io_context& io) : io_(io) {}

  /// Until the next notify().
  Awaitable<void> wait() {
    return suspend([this](auto go_on) { go_on_ = std::move(go_on); });
  }

  /// The one who waits, if anybody, goes on soon.
  void notify() {
    if (go_on_) boost::asio::post(io_, std::exchange(go_on_, nullptr));
  }

 private:
  boost::asio::io_context& io_;
  std::move_only_function<void()> go_on_;
};

}  // namespace hermes::http

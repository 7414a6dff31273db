// Blocking work that a coroutine of the server waits for.
#pragma once

#include "base/blocking.hpp"
#include "event/worker_pool.hpp"
#include "http/io.hpp"

#include <boost/asio/post.hpp>

#include <cstddef>
#include <functional>
#include <utility>

namespace hermes::ext::http_gateway {

/// Runs a function where it may block. Lives in the frame of the coroutine that waits for it. Once.
class BlockingCall final : private BlockingTask {
 public:
  /// `workers` and `executor` outlive it.
  BlockingCall(event::WorkerPool& workers, BlockingExecutor& executor,
               std::move_only_function<void()> body)
      : workers_(workers), executor_(executor), body_(std::move(body)) {}

  /// On a worker; goes on there when the function has returned.
  http::Awaitable<void> wait() {
    home_ = workers_.current();
    const auto begin = [this](auto go_on) {
      go_on_ = std::move(go_on);
      executor_.post(*this);
    };
    co_await http::suspend(begin);
    // The thread that ran it has let go of it then.
    executor_.withdraw(*this);
  }

 private:
  void run() override {
    body_();
    boost::asio::post(workers_.io(home_), std::exchange(go_on_, nullptr));
  }

  event::WorkerPool& workers_;
  BlockingExecutor& executor_;
  std::move_only_function<void()> body_;
  std::move_only_function<void()> go_on_;
  std::size_t home_ = 0;
};

}  // namespace hermes::ext::http_gateway

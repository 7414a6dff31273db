// Events that a coroutine of the server waits for.
#pragma once

#include "event/event.hpp"
#include "event/event_queue.hpp"
#include "event/handler.hpp"
#include "event/worker_pool.hpp"
#include "http/io.hpp"

#include <cstddef>
#include <expected>
#include <functional>

namespace hermes::ext::http_gateway {

/// An event that lives in the frame of the coroutine that delivers it: what it refers to may live
/// there too, and nothing is copied or allocated for it. The coroutine goes on where it was, when
/// the queue has no use for the event any more.
class AwaitedEvent : public event::EventPayload {
 public:
  /// `workers` outlives it.
  explicit AwaitedEvent(event::WorkerPool& workers) : workers_(workers) {}
  ~AwaitedEvent() override = default;

  /// Pushes the event into `queue`, for `only` or for all of its handlers, and waits until it is
  /// over; or says why it was refused. On a worker; once.
  http::Awaitable<std::expected<event::EventSummary, event::Refusal>> deliver(
      event::ApplicationQueue& queue, event::Handler* only);

  // event::EventPayload
  void finished(const event::EventSummary& summary) final { summary_ = summary; }
  void release() noexcept final;

 private:
  event::WorkerPool& workers_;
  std::size_t home_ = 0;
  event::EventSummary summary_{};
  std::move_only_function<void()> go_on_;
};

}  // namespace hermes::ext::http_gateway

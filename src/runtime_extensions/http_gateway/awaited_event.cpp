#include "runtime_extensions/http_gateway/awaited_event.hpp"

#include <boost/asio/post.hpp>

#include <optional>
#include <utility>

namespace hermes::ext::http_gateway {

using event::EventSummary;
using event::Refusal;

http::Awaitable<std::expected<EventSummary, Refusal>> AwaitedEvent::deliver(
    event::ApplicationQueue& queue, event::Handler* only) {
  home_ = workers_.current();
  std::optional<Refusal> refusal;
  const auto push = [&](auto go_on) {
    // Another worker may have finished the event before push() returns.
    go_on_ = std::move(go_on);
    event::PushRequest request{.payload = event::PayloadPtr(this), .only = only};
    const event::PushResult pushed = queue.push(request);
    if (pushed) return;
    refusal = pushed.error();
    // This is it.
    [[maybe_unused]] const event::EventPayload* const refused = request.payload.release();
    boost::asio::post(workers_.io(home_), std::exchange(go_on_, nullptr));
  };
  co_await http::suspend(push);
  if (refusal) co_return std::unexpected(*refusal);
  co_return summary_;
}

void AwaitedEvent::release() noexcept {
  // The frame that this is part of ends with the coroutine: nothing of it is used after this.
  std::move_only_function<void()> go_on = std::exchange(go_on_, nullptr);
  if (workers_.current() == home_) {
    go_on();
  } else {
    boost::asio::post(workers_.io(home_), std::move(go_on));
  }
}

}  // namespace hermes::ext::http_gateway

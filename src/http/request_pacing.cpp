#include "http/request_pacing.hpp"

#include "http/refusal.hpp"

#include <boost/asio/this_coro.hpp>

#include <atomic>
#include <optional>

namespace hermes::http {

Awaitable<Response> RequestPacing::handle(Request& request) {
  const std::optional<Duration> wait = rates_.take(request.client.address(), clock_.steady());
  if (wait != Duration::zero()) {
    (wait ? counters_.delayed : counters_.too_many).fetch_add(1, std::memory_order_relaxed);
    const IoExecutor executor = co_await boost::asio::this_coro::executor;
    Timer timer(executor, wait.value_or(kPatience));
    co_await timer.async_wait(kAwait);
  }
  if (!wait) {
    co_return to_response({429, "this address asks more often than it may; come again later"},
                          request.id.text());
  }
  Response response = co_await next_.handle(request);
  co_return response;
}

}  // namespace hermes::http

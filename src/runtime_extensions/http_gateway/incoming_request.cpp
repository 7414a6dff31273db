#include "runtime_extensions/http_gateway/incoming_request.hpp"

#include <utility>

namespace hermes::ext::http_gateway {

void IncomingRequest::finished(const event::EventSummary& summary) {
  // What a call has failed with before counts.
  if (summary.outcome != event::Outcome::kCompleted) handle_->fail(to_string(summary.outcome));
  outcome_ = summary.outcome;
  over_.store(true, std::memory_order_release);
}

void IncomingRequest::release() noexcept {
  handle_.reset();
  const wasm::Ref<WorkerWaker> waker = std::move(waker_);
  release_reference();
  // What goes on may end here: nothing of this is used any more.
  waker->wake_here();
}

}  // namespace hermes::ext::http_gateway

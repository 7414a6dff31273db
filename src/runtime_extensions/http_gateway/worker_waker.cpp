#include "runtime_extensions/http_gateway/worker_waker.hpp"

#include <boost/asio/post.hpp>

namespace hermes::ext::http_gateway {

void WorkerWaker::wake() noexcept {
  if (posted_.exchange(true, std::memory_order_acq_rel)) return;
  boost::asio::post(workers_.io(home_), [self = wasm::Ref<WorkerWaker>::share(this)] {
    // What is noted from here on is told again.
    self->posted_.store(false, std::memory_order_release);
    self->tell();
  });
}

void WorkerWaker::wake_here() noexcept {
  if (workers_.current() != home_) {
    wake();
    return;
  }
  const auto self = wasm::Ref<WorkerWaker>::share(this);
  tell();
}

void WorkerWaker::tell() {
  if (target_ != nullptr) target_->woken();
}

}  // namespace hermes::ext::http_gateway

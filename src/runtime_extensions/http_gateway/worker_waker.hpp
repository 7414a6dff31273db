// Wakes what waits on a worker.
#pragma once

#include "event/worker_pool.hpp"
#include "wasm/waker.hpp"

#include <atomic>
#include <cstddef>

namespace hermes::ext::http_gateway {

/// Tells something that lives on one worker, there, that it was woken from anywhere. Several wakes
/// may be one call. It may outlive what it tells.
class WorkerWaker final : public wasm::WakeTarget {
 public:
  class Target {
   public:
    /// On the worker. May take itself back, and go.
    virtual void woken() = 0;

   protected:
    ~Target() = default;
  };

  /// On the worker that `target` lives on. `workers` outlives it.
  static wasm::Ref<WorkerWaker> create(event::WorkerPool& workers, Target& target) {
    return wasm::Ref<WorkerWaker>::adopt(new WorkerWaker(workers, target));
  }

  /// The target is told nothing any more. On its worker.
  void forget_target() { target_ = nullptr; }

  void wake() noexcept override;
  /// The same from where the target may be called at once.
  void wake_here() noexcept;

 private:
  WorkerWaker(event::WorkerPool& workers, Target& target)
      : workers_(workers), home_(workers.current()), target_(&target) {}
  ~WorkerWaker() override = default;
  void tell();

  event::WorkerPool& workers_;
  const std::size_t home_;
  Target* target_;
  std::atomic<bool> posted_{false};
};

}  // namespace hermes::ext::http_gateway

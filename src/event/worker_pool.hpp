// The threads that everything runs on.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace hermes::event {

struct WorkerPoolConfig {
  /// 0: one per processor that the process may use.
  std::size_t threads = 0;
  /// How long an idle thread looks for work before it sleeps. Sleeping and waking cost some
  /// microseconds; looking costs a processor.
  Duration spin = std::chrono::microseconds{20};
  /// Called on each thread before its first work; the result is destroyed on that thread after its
  /// last. For what a thread must be inside of (wasm::Engine::ThreadScope).
  std::function<std::shared_ptr<void>()> thread_scope{};
  /// Called on each thread about once per millisecond while it has work, and whenever it wakes up.
  /// For watching the epoch ticker.
  std::function<void(SteadyTime)> watch{};
};

/// One worker thread per core. Each has an io_context, a queue of tasks and a queue of timers, and
/// takes events from the work source; a thread without work takes tasks from the others. As an
/// Executor the pool is any of its workers: the calling one where that is one of them.
///
/// Beside them as many background threads of lower priority run the work source's background work:
/// what computes for long takes what the workers leave, and a tenth at least, and keeps none of
/// them from an event, from I/O or from a timer.
class WorkerPool final : public Executor {
 public:
  /// `clock` must be a clock of real time and outlive the pool.
  WorkerPool(WorkerPoolConfig config, const Clock& clock);
  /// Stops.
  ~WorkerPool() override;
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Where work comes from besides tasks, timers and I/O. Before start(); must live until stop()
  /// has returned.
  void set_work_source(WorkSource& source);

  void start();
  /// Ends the threads once they have nothing to run at the moment; timers and I/O that are
  /// outstanding are left alone and never fire. Drain the events queue first. Not from a worker
  /// thread. A second call does nothing.
  void stop();

  [[nodiscard]] std::size_t size() const;
  /// For I/O that belongs to thread `index`; its handlers run there and nowhere else.
  [[nodiscard]] boost::asio::io_context& io(std::size_t index);
  [[nodiscard]] Executor& worker(std::size_t index);
  /// The index of the calling thread, or size() when it is not one of this pool.
  [[nodiscard]] std::size_t current() const;

  // Executor
  void post(Task& task) override;
  void schedule(Timer& timer, SteadyTime at) override;
  [[nodiscard]] const Clock& clock() const override;
  void work_available() override;
  void background_work_available() override;

 private:
  class Worker;
  class BackgroundThread;
  struct Shared;
  std::unique_ptr<Shared> shared_;
};

}  // namespace hermes::event

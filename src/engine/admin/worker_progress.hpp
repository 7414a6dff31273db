// Whether the workers do anything at all.
#pragma once

#include "base/clock.hpp"
#include "event/worker_pool.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace hermes::engine {

/// Asks each worker to come by, and notes how long it takes: a worker looks at its I/O every some
/// hundred microseconds, however busy it is with events. One that does not is stuck, or gets no
/// processor.
class WorkerProgress {
 public:
  /// Both outlive it.
  WorkerProgress(event::WorkerPool& workers, const Clock& clock);

  /// Asks every worker that has answered the last time. One thread at a time.
  void ask();

  struct Waiting {
    std::size_t worker;
    /// Since it was asked.
    Duration since;
  };
  /// The worker that has been asked and not answered for the longest time; none: all have answered.
  /// Any thread.
  [[nodiscard]] std::optional<Waiting> longest() const;

 private:
  // Shared with what was posted to the worker, which may come to it late, or never.
  struct Asked {
    /// By the steady clock, in nanoseconds; kNever: it has answered.
    std::atomic<Duration::rep> at{kNever};
  };
  static constexpr Duration::rep kNever = Duration::min().count();

  event::WorkerPool& workers_;
  const Clock& clock_;
  std::vector<std::shared_ptr<Asked>> asked_;
};

}  // namespace hermes::engine

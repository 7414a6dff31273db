// An events queue on a simulated executor, for tests in virtual time.
#pragma once

#include "base/simulated_executor.hpp"
#include "event/event_queue.hpp"

#include <cstdint>
#include <optional>

namespace hermes::event::testing {

/// Everything that a test of the layers above needs to run events on one thread, in virtual time,
/// in an order that the seed decides.
struct Simulation {
  explicit Simulation(std::uint64_t seed, const QueueLimits& limits = {},
                      EventObserver* observer = nullptr)
      : executor(seed), queue(limits, executor, executor.random(), observer) {
    executor.set_work_source(&queue);
  }

  /// Drains `application` and runs until that is over (at most the grace period, in virtual time).
  DrainReport drain(ApplicationQueue& application, Duration grace = std::chrono::seconds{60}) {
    std::optional<DrainReport> report;
    application.drain(grace, [&](const DrainReport& left) { report = left; });
    const SteadyTime give_up = executor.now() + grace + std::chrono::seconds{1};
    while (!report && executor.now() < give_up) executor.run_for(std::chrono::milliseconds{1});
    return report.value();
  }

  SimulatedExecutor executor;
  EventQueue queue;
};

}  // namespace hermes::event::testing

// Queue, workers and applications, put together as the composition root does it.
#pragma once

#include "app/application.hpp"
#include "app/event_catalogue.hpp"
#include "app/runtime_context_pool.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "engine/event_log.hpp"
#include "event/event_queue.hpp"
#include "event/guest_handler.hpp"
#include "event/limits.hpp"
#include "event/worker_pool.hpp"
#include "setup.hpp"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace hermes::bench {

/// Workers whose threads may run guests of `running`. 0 threads: one per processor.
[[nodiscard]] event::WorkerPoolConfig worker_config(std::size_t threads,
                                                    const RunningEngine& running);

/// What the modules of an application are made with; outlives it.
struct ModuleParts {
  const app::EventCatalogue& events;
  app::RuntimeContextPool& contexts;
  event::GuestCallPool& calls;
};

/// An application of the one component in `file`, which is compiled. In no queue yet.
[[nodiscard]] Result<std::unique_ptr<app::Application>> create_application(
    const RunningEngine& running, const ModuleParts& parts, std::string name,
    const std::filesystem::path& file, const event::ApplicationLimits& limits = {});

/// Whether the engine's own observer (engine::EventLog) counts what happens.
enum class Observed : bool { kNo, kYes };

/// An engine that runs `hermes:bench/event.on-event` of real components.
class ComposedEngine {
 public:
  /// 0 threads: one per processor.
  [[nodiscard]] static Result<std::unique_ptr<ComposedEngine>> start(
      const Setup& setup, std::size_t threads, Observed observed = Observed::kNo);
  /// Waits until the events of all applications are over; none may be pushed any more.
  ~ComposedEngine();
  ComposedEngine(const ComposedEngine&) = delete;
  ComposedEngine& operator=(const ComposedEngine&) = delete;

  /// An application of the one component in `file`, which is compiled; open for events. It lives as
  /// long as this engine.
  Result<app::Application*> add_application(std::string name, const std::filesystem::path& file,
                                            const event::ApplicationLimits& limits = {});

  /// Of on-event.
  [[nodiscard]] event::EventKind kind() const { return kind_; }
  [[nodiscard]] std::size_t threads() const { return workers_.size(); }

 private:
  ComposedEngine(RunningEngine running, std::size_t threads, Observed observed);

  SystemClock clock_;
  SystemRandom random_;
  RunningEngine running_;
  app::EventCatalogue catalogue_;
  event::EventKind kind_;
  app::RuntimeContextPool contexts_{nullptr};
  event::GuestCallPool calls_;
  event::WorkerPool workers_;
  Log log_;
  engine::EventLog event_log_;
  event::EventQueue queue_;
  std::vector<std::unique_ptr<app::Application>> applications_;
};

}  // namespace hermes::bench

// Whether the engine is alive, and whether it is ready.
#pragma once

#include "app/application.hpp"
#include "base/clock.hpp"
#include "engine/admin/worker_progress.hpp"
#include "wasm/epoch_ticker.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::engine {

/// What was found, in sentences for people; none: all is well.
struct HealthReport {
  std::vector<std::string> problems;

  [[nodiscard]] bool good() const { return problems.empty(); }
  /// {"status":"...","problems":["..."]}: `well` is the status when there is none. At most
  /// kMostShown problems, and how many more there are.
  [[nodiscard]] std::string json(std::string_view well, std::string_view unwell) const;

  static constexpr std::size_t kMostShown = 20;
};

struct HealthOptions {
  /// No tick of the epoch, or no sign of a worker, for longer than this: the engine is stuck. Far
  /// more than what a loaded machine delays a thread, because whoever asks may restart the engine.
  Duration stuck_after = std::chrono::seconds{5};
};

/// Looks at what takes no lock for being alive, so that it can always be told. Any thread. What is
/// given outlives it.
class Health {
 public:
  struct Sources {
    /// nullptr: no ticker runs (yet).
    std::function<const wasm::EpochHeartbeat*()> heartbeat;
    std::function<std::vector<std::shared_ptr<app::Application>>()> applications;
    const WorkerProgress& progress;
    const Clock& clock;
  };

  Health(HealthOptions options, Sources sources)
      : options_(options), sources_(std::move(sources)) {}

  /// Guests are made to yield, and every worker makes progress.
  [[nodiscard]] HealthReport live() const;
  /// There is an application, and all of them are initialised and not being stopped.
  [[nodiscard]] HealthReport ready() const;

 private:
  HealthOptions options_;
  Sources sources_;
};

}  // namespace hermes::engine

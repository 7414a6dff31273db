// An engine for tests: real components in virtual time, on the test's own thread.
#pragma once

#include "app/application.hpp"
#include "app/runtime_context_pool.hpp"
#include "base/blocking.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/simulated_executor.hpp"
#include "engine/config.hpp"
#include "engine/event_log.hpp"
#include "engine/extensions.hpp"
#include "engine/metrics/collector.hpp"
#include "engine/state_directory.hpp"
#include "event/event_queue.hpp"
#include "event/guest_handler.hpp"
#include "wasm/compile_cache.hpp"
#include "wasm/compiler.hpp"
#include "wasm/engine.hpp"
#include "wasm/linker.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::engine::testing {

/// The parts of an Engine on a SimulatedExecutor. Everything runs inside of the executor's run
/// functions. The order of what is ready at the same time is chosen by `seed`.
class SimulatedEngine {
 public:
  explicit SimulatedEngine(std::uint64_t seed = 1, const Config& config = {});
  /// Stops all applications.
  ~SimulatedEngine();

  /// Starts an application of the guests in build/guests: "heartbeat" is heartbeat.wasm. Runs init;
  /// time stands still. The error is that of Initialisation.
  Result<app::Application*> start(std::string name, const std::vector<std::string>& guests,
                                  app::EngineControl control = app::EngineControl::kGranted);
  void stop(app::Application& application);

  [[nodiscard]] SimulatedExecutor& executor() { return executor_; }
  [[nodiscard]] Extensions& extensions() { return *extensions_; }
  [[nodiscard]] const EventLog& event_log() const { return event_log_; }
  [[nodiscard]] const MetricsCollector& metrics() const { return metrics_; }
  /// What metrics and the page of operators are made of.
  [[nodiscard]] MetricsSources metrics_sources();
  [[nodiscard]] Log& log() { return log_; }
  /// The statuses given to done, with the application's name.
  [[nodiscard]] const std::vector<std::pair<std::string, int>>& done() const { return done_; }

  /// All log lines so far, as JSON.
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  /// How many lines have `text` in them.
  [[nodiscard]] std::size_t count(std::string_view text) const;

 private:
  Result<std::shared_ptr<const app::LinkedComponent>> load(const std::string& guest);

  SimulatedExecutor executor_;
  SimulatedBlocking blocking_;
  std::vector<std::string> lines_;
  Log log_;
  SeededRandom random_;
  Config config_;
  std::shared_ptr<const wasm::Engine> wasm_;
  wasm::Engine::ThreadScope thread_;
  wasm::CompileCache cache_;
  std::unique_ptr<StateDirectory> state_;
  wasm::Compiler compiler_;
  std::vector<std::pair<std::string, int>> done_;
  event::GuestCallPool calls_;
  std::unique_ptr<Extensions> extensions_;
  EventLog event_log_;
  wasm::Linker linker_;
  app::RuntimeContextPool contexts_;
  event::EventQueue queue_;
  std::vector<std::unique_ptr<app::Application>> applications_;
  MetricsCollector metrics_;
};

}  // namespace hermes::engine::testing

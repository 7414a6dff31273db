// The engine: everything, built and owned in one place.
#pragma once

#include "app/application.hpp"
#include "app/application_registry.hpp"
#include "app/runtime_context_pool.hpp"
#include "base/blocking.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "engine/admin/admin_server.hpp"
#include "engine/component_source.hpp"
#include "engine/config.hpp"
#include "engine/event_log.hpp"
#include "engine/extensions.hpp"
#include "engine/metrics/collector.hpp"
#include "engine/state_directory.hpp"
#include "event/event_queue.hpp"
#include "event/guest_handler.hpp"
#include "event/worker_pool.hpp"
#include "vfs/vfs.hpp"
#include "wasm/compile_cache.hpp"
#include "wasm/compiler.hpp"
#include "wasm/component_loader.hpp"
#include "wasm/engine.hpp"
#include "wasm/linker.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace hermes::engine {

/// What an application is made of.
struct ApplicationSpecification {
  /// See app::check_application_name.
  std::string name;
  /// In the order in which they handle events. At least one.
  std::vector<std::shared_ptr<const app::LinkedComponent>> components;
  vfs::Vfs vfs;
  app::ApplicationBounds bounds;
  app::EngineControl control = app::EngineControl::kDenied;
};

/// Runs applications.
///
///   create -> start -> start_application / stop_application ... -> destructor
///
/// Loading and inspecting components works from create() on; running needs start(). Functions may
/// be called from any thread that is not one of the engine's own, unless it says otherwise; those
/// that wait say so.
class Engine {
 public:
  /// Told when an application asks for the end of the run (hermes:init/api.done). On a worker
  /// thread; must not block.
  using DoneCallback = ext::init::InitExtension::DoneCallback;

  /// Builds everything. No guest can run yet. `clock` and `log` outlive the engine. Fails when a
  /// setting is out of its bounds, or the system refuses (address space, state directory), or when
  /// another engine uses the state directory.
  /// Where the system has no address space for the whole pool of instances, a smaller one is used
  /// and the log says so.
  static Result<std::unique_ptr<Engine>> create(Config config, const Clock& clock, Log& log,
                                                DoneCallback on_done = {});
  /// Stops: all applications have been stopped.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Starts the threads and the extensions.
  Result<void> start();

  /// Compiles a component, or takes it from the cache. Waits; `observer` and `stop` as in
  /// wasm::Compiler::compile.
  Result<wasm::LoadedComponent> load(const ComponentSource& source,
                                     const wasm::CompileObserver& observer = {},
                                     std::stop_token stop = {});
  /// Links what was loaded to what the engine offers. Before or after start().
  Result<std::shared_ptr<const app::LinkedComponent>> link(const ComponentSource& source,
                                                           const wasm::LoadedComponent& loaded,
                                                           app::MissingImports missing) const;

  /// Starts an application: attaches the extensions, runs `init` of every module, and opens its
  /// queue. Waits for that; when `stop` is requested meanwhile, init is stopped. An application
  /// that does not start leaves nothing behind.
  Result<std::shared_ptr<app::Application>> start_application(
      ApplicationSpecification specification, std::stop_token stop = {});

  /// Stops a running application: no new events; what is queued and runs has `grace` to finish,
  /// then it is stopped. Waits for that. Nothing of the engine refers to the application
  /// afterwards, but for a reader of metrics that is just looking at it.
  event::DrainReport stop_application(const std::shared_ptr<app::Application>& application,
                                      Duration grace);

  /// Reads again what may change while the engine runs: the certificates of the HTTP gateway. Soon;
  /// the log says what became of it. After start(); any thread.
  void reload() { extensions_->http_gateway.reload(); }

  [[nodiscard]] Extensions& extensions() { return *extensions_; }
  [[nodiscard]] const app::ApplicationRegistry& applications() const { return applications_; }
  [[nodiscard]] const EventLog& event_log() const { return event_log_; }
  [[nodiscard]] const wasm::Linker& linker() const { return linker_; }
  [[nodiscard]] const Config& config() const { return config_; }
  [[nodiscard]] std::size_t workers() const { return workers_.size(); }
  /// What everything runs on.
  [[nodiscard]] event::WorkerPool& worker_pool() { return workers_; }

  /// All metrics, in Prometheus' text format (docs/metrics.md). Any thread.
  [[nodiscard]] std::string metrics_text() const { return metrics_.text(); }
  /// Where operators are answered, after start(); unset: nowhere.
  [[nodiscard]] std::optional<boost::asio::ip::tcp::endpoint> admin_address() const {
    if (!admin_) return std::nullopt;
    return admin_->address();
  }

 private:
  class EpochGuard;

  Engine(const Config& config, const Clock& clock, Log& log,
         std::shared_ptr<const wasm::Engine> wasm, wasm::Linker linker,
         std::optional<wasm::CompileCache> cache, std::unique_ptr<StateDirectory> state,
         DoneCallback on_done);

  void detach_all(app::Application& application);
  static event::DrainReport drain(app::Application& application, Duration grace);
  event::WorkerPoolConfig worker_config();
  MetricsSources metrics_sources(const Clock& clock);
  Result<void> start_admin();

  Config config_;
  Log& log_;
  SystemRandom random_;
  std::shared_ptr<const wasm::Engine> wasm_;
  std::optional<wasm::CompileCache> cache_;
  std::unique_ptr<StateDirectory> state_;
  wasm::Compiler compiler_;
  event::GuestCallPool calls_;
  // From here on the order is that of start, and its reverse that of stop.
  std::unique_ptr<EpochGuard> epoch_;
  // For what no worker may wait for.
  BlockingThread blocking_;
  event::WorkerPool workers_;
  std::unique_ptr<Extensions> extensions_;
  EventLog event_log_;
  wasm::Linker linker_;
  app::RuntimeContextPool contexts_;
  event::EventQueue queue_;
  app::ApplicationRegistry applications_;
  MetricsSources metrics_sources_;
  MetricsCollector metrics_;
  std::unique_ptr<AdminServer> admin_;
  bool started_ = false;
};

}  // namespace hermes::engine

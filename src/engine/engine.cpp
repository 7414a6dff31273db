#include "engine/engine.hpp"

#include "base/text.hpp"
#include "wasm/epoch_ticker.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <ranges>
#include <utility>

namespace hermes::engine {

namespace {

/// A value that another thread will provide.
template <class T>
class Waited {
 public:
  void set(T value) {
    // Notified under the lock: the waiter may destroy this object as soon as it has the value.
    const std::lock_guard lock(mutex_);
    value_.emplace(std::move(value));
    changed_.notify_all();
  }

  /// Waits for the value; nothing when `stop` is requested first.
  std::optional<T> wait(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, stop, [this] { return value_.has_value(); });
    return std::exchange(value_, std::nullopt);
  }
  T wait() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return value_.has_value(); });
    return std::move(*value_);
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<T> value_;
};

Result<wasm::CompileCache> try_open_cache(const Config& config) {
  auto directory = config.cache_directory ? Result<std::filesystem::path>(*config.cache_directory)
                                          : wasm::default_cache_directory();
  if (!directory) return std::unexpected(std::move(directory).error());
  return wasm::CompileCache::open(
      {.directory = std::move(*directory), .max_bytes = config.cache_bytes});
}

std::optional<wasm::CompileCache> open_cache(const Config& config, Log& log) {
  auto cache = try_open_cache(config);
  if (cache) return std::move(*cache);
  log.warn("components are compiled at each start: {}", cache.error().message);
  return std::nullopt;
}

// A pool with fewer instances than this is not worth having.
constexpr std::uint32_t kFewestInstances = 8;

// The pool reserves address space for all its instances at once: 32 GiB each, without using memory.
// Where the system does not give so much (a limit of the process, an instrumented build), a smaller
// pool runs the same applications, fewer of their events at the same time. Lowers the bounds in
// `config` to what there is.
Result<std::shared_ptr<const wasm::Engine>> create_wasm_engine(Config& config, Log& log) {
  auto engine = wasm::Engine::create(config.wasm);
  if (engine || !config.wasm.pooling) return engine;
  const std::uint32_t asked = config.wasm.max_instances;
  while (config.wasm.max_instances / 2 >= kFewestInstances) {
    config.wasm.max_instances /= 2;
    auto smaller = wasm::Engine::create(config.wasm);
    if (!smaller) continue;
    config.queue.max_running =
        std::min<std::size_t>(config.queue.max_running, config.wasm.max_instances);
    log.warn("{} events can run at the same time instead of {}: {}", config.wasm.max_instances,
             asked, engine.error().message);
    return smaller;
  }
  return engine;
}

}  // namespace

/// Watches the epoch ticker from whichever worker has a moment.
class Engine::EpochGuard {
 public:
  EpochGuard(const std::shared_ptr<const wasm::Engine>& wasm, Log& log)
      : ticker_(wasm), watch_(ticker_, [&log](std::string_view text) { log.error("{}", text); }) {}

  void check(SteadyTime now) {
    // One worker is enough.
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock) watch_.check(now);
  }

  [[nodiscard]] const wasm::EpochHeartbeat& heartbeat() const { return ticker_.heartbeat(); }

 private:
  wasm::EpochTicker ticker_;
  std::mutex mutex_;
  wasm::EpochWatch watch_;
};

event::WorkerPoolConfig Engine::worker_config() {
  event::WorkerPoolConfig result;
  result.threads = config_.workers;
  result.thread_scope = [this]() -> std::shared_ptr<void> {
    return std::make_shared<wasm::Engine::ThreadScope>(*wasm_);
  };
  // The guard is there before the first worker runs, and as long as any does.
  result.watch = [this](SteadyTime now) { epoch_->check(now); };
  return result;
}

Result<std::unique_ptr<Engine>> Engine::create(Config config, const Clock& clock, Log& log,
                                               DoneCallback on_done) {
  if (config.wasm.pooling && config.queue.max_running > config.wasm.max_instances) {
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format(
            "{} events may run at the same time, but the pool has {} instances: there must be one "
            "for each",
            config.queue.max_running, config.wasm.max_instances));
  }
  auto wasm = create_wasm_engine(config, log);
  if (!wasm) return std::unexpected(std::move(wasm).error());
  auto linker = wasm::Linker::create(**wasm);
  if (!linker) return std::unexpected(std::move(linker).error());
  if (auto added = linker->add_wasi(); !added) return std::unexpected(std::move(added).error());
  std::unique_ptr<StateDirectory> state;
  if (config.state_directory) {
    auto opened = StateDirectory::open(*config.state_directory);
    if (!opened) return std::unexpected(std::move(opened).error());
    state = std::move(*opened);
  }
  std::unique_ptr<Engine> engine(new Engine(config, clock, log, std::move(*wasm),
                                            std::move(*linker), open_cache(config, log),
                                            std::move(state), std::move(on_done)));
  for (app::Extension* extension : engine->extensions_->all()) {
    if (auto linked = extension->link(engine->linker_); !linked) {
      return std::unexpected(std::move(linked).error().with_context(extension->package()));
    }
  }
  return engine;
}

Engine::Engine(const Config& config, const Clock& clock, Log& log,
               std::shared_ptr<const wasm::Engine> wasm, wasm::Linker linker,
               std::optional<wasm::CompileCache> cache, std::unique_ptr<StateDirectory> state,
               DoneCallback on_done)
    : config_(config),
      log_(log),
      wasm_(std::move(wasm)),
      cache_(std::move(cache)),
      state_(std::move(state)),
      compiler_(config.compiler),
      workers_(worker_config(), clock),
      extensions_(std::make_unique<Extensions>(
          config, workers_, &workers_, blocking_, log,
          [this](std::string_view name) { return applications_.find(name); }, std::move(on_done))),
      event_log_(log, extensions_->events),
      linker_(std::move(linker)),
      contexts_(&extensions_->logging, config.call_context),
      queue_(config.queue, workers_, random_, &event_log_),
      metrics_sources_(metrics_sources(clock)),
      metrics_(metrics_sources_) {
  workers_.set_work_source(queue_);
}

Engine::~Engine() {
  admin_.reset();
  if (!started_) return;
  for (app::Extension* extension : std::views::reverse(extensions_->all())) extension->stop();
  workers_.stop();
}

Result<void> Engine::start() {
  epoch_ = std::make_unique<EpochGuard>(wasm_, log_);
  workers_.start();
  started_ = true;
  for (app::Extension* extension : extensions_->all()) {
    if (auto done = extension->start(); !done) {
      return std::unexpected(std::move(done).error().with_context(extension->package()));
    }
  }
  return start_admin();
}

MetricsSources Engine::metrics_sources(const Clock& clock) {
  return {.applications = [this] { return applications_.all(); },
          .heartbeat = [this] { return epoch_ ? &epoch_->heartbeat() : nullptr; },
          .queue = queue_,
          .events = extensions_->events,
          .logging = extensions_->logging,
          .http = extensions_->http_gateway,
          .log = log_,
          .wasm = *wasm_,
          .clock = clock,
          .workers = workers_.size(),
          .version = config_.version};
}

Result<void> Engine::start_admin() {
  if (!config_.admin.address) return {};
  auto admin = AdminServer::start(config_.admin,
                                  {.metrics = metrics_sources_,
                                   .collector = metrics_,
                                   .cron = extensions_->cron,
                                   .events = event_log_,
                                   .workers = workers_},
                                  log_);
  if (!admin) return std::unexpected(std::move(admin).error());
  admin_ = std::move(*admin);
  return {};
}

Result<wasm::LoadedComponent> Engine::load(const ComponentSource& source,
                                           const wasm::CompileObserver& observer,
                                           std::stop_token stop) {
  auto loaded = wasm::load_component(*wasm_, cache_ ? &*cache_ : nullptr, compiler_, source.bytes,
                                     observer, stop);
  if (!loaded) {
    return std::unexpected(std::move(loaded).error().with_context(printable(source.path.string())));
  }
  for (const std::string& warning : loaded->warnings) log_.warn("{}", warning);
  return loaded;
}

Result<std::shared_ptr<const app::LinkedComponent>> Engine::link(
    const ComponentSource& source, const wasm::LoadedComponent& loaded,
    app::MissingImports missing) const {
  auto linked = app::LinkedComponent::link(source.name, loaded.component, loaded.digest, linker_,
                                           extensions_->events, missing);
  if (!linked) {
    return std::unexpected(std::move(linked).error().with_context(printable(source.path.string())));
  }
  return std::make_shared<const app::LinkedComponent>(std::move(*linked));
}

Result<std::shared_ptr<app::Application>> Engine::start_application(
    ApplicationSpecification specification, std::stop_token stop) {
  auto created =
      app::Application::create(std::move(specification.name), std::move(specification.vfs),
                               specification.bounds, specification.control);
  if (!created) return std::unexpected(std::move(created).error());
  std::shared_ptr<app::Application> application = std::move(*created);
  for (auto& component : specification.components) {
    if (auto added = application->add_module(std::move(component), contexts_, calls_); !added) {
      return std::unexpected(std::move(added).error());
    }
  }
  if (state_ != nullptr) {
    auto directory = state_->application(application->name());
    if (!directory) return std::unexpected(std::move(directory).error());
    application->keep_state_in(std::move(*directory));
  }
  // Complete but for the states of extensions before others can find it.
  application->join(queue_, extensions_->events.size());
  if (auto added = applications_.add(application); !added) {
    return std::unexpected(std::move(added).error());
  }

  const auto all = extensions_->all();
  for (auto extension = all.begin(); extension != all.end(); ++extension) {
    auto attached = (*extension)->attach(*application);
    if (attached) continue;
    for (auto done = std::make_reverse_iterator(extension); done != all.rend(); ++done) {
      (*done)->detach(*application);
    }
    drain(*application, Duration::zero());
    applications_.remove(*application);
    return std::unexpected(std::move(attached).error().with_context((*extension)->package()));
  }

  application->set_phase(app::Phase::kInitialising);
  const auto initialised = std::make_shared<Waited<Result<void>>>();
  extensions_->init.initialise(
      *application, [initialised](Result<void> result) { initialised->set(std::move(result)); });
  std::optional<Result<void>> result = initialised->wait(stop);
  if (result && *result) {
    application->queue().open();
    application->set_phase(app::Phase::kReady);
    return application;
  }
  // Events that init may have caused are dropped: the application never was ready.
  stop_application(application, Duration::zero());
  if (!result) result = initialised->wait();
  Error error = *result ? Error{ErrorCode::kCancelled, "it was asked to stop while it started"}
                        : std::move(*result).error();
  return std::unexpected(
      std::move(error).with_context("application " + application->name() + " does not start"));
}

void Engine::detach_all(app::Application& application) {
  for (app::Extension* extension : std::views::reverse(extensions_->all())) {
    extension->detach(application);
  }
}

event::DrainReport Engine::drain(app::Application& application, Duration grace) {
  const auto drained = std::make_shared<Waited<event::DrainReport>>();
  application.queue().drain(grace,
                            [drained](const event::DrainReport& report) { drained->set(report); });
  return drained->wait();
}

event::DrainReport Engine::stop_application(const std::shared_ptr<app::Application>& application,
                                            Duration grace) {
  application->set_phase(app::Phase::kDraining);
  detach_all(*application);
  event::DrainReport report = drain(*application, grace);
  application->set_phase(app::Phase::kStopped);
  for (app::Extension* extension : std::views::reverse(extensions_->all())) {
    extension->drained(*application);
  }
  applications_.remove(*application);
  return report;
}

}  // namespace hermes::engine

#include "composed_engine.hpp"

#include "app/module.hpp"
#include "wasm/linker.hpp"
#include "wit/bench/event.hpp"

#include <chrono>
#include <latch>
#include <string_view>
#include <utility>

namespace hermes::bench {
namespace {

using OnEvent = wit::bench::event::OnEvent;

}  // namespace

event::WorkerPoolConfig worker_config(std::size_t threads, const RunningEngine& running) {
  event::WorkerPoolConfig config;
  config.threads = threads;
  config.thread_scope = [engine = running.engine]() -> std::shared_ptr<void> {
    return std::make_shared<wasm::Engine::ThreadScope>(*engine);
  };
  return config;
}

Result<std::unique_ptr<app::Application>> create_application(
    const RunningEngine& running, const ModuleParts& parts, std::string name,
    const std::filesystem::path& file, const event::ApplicationLimits& limits) {
  auto component = running.load(file);
  if (!component) return std::unexpected(std::move(component.error()));
  auto linker = wasm::Linker::create(*running.engine);
  if (!linker) return std::unexpected(std::move(linker.error()));
  auto linked =
      app::LinkedComponent::link(file.stem().string(), component->component, component->digest,
                                 *linker, parts.events, app::MissingImports::kRefuse);
  if (!linked) return std::unexpected(std::move(linked.error()));
  app::ApplicationBounds bounds;
  bounds.queue = limits;
  auto application =
      app::Application::create(std::move(name), vfs::Vfs(), bounds, app::EngineControl::kDenied);
  if (!application) return std::unexpected(std::move(application.error()));
  auto module = std::make_shared<const app::LinkedComponent>(std::move(*linked));
  if (auto added = (*application)->add_module(std::move(module), parts.contexts, parts.calls);
      !added) {
    return std::unexpected(std::move(added.error()));
  }
  return std::move(*application);
}

ComposedEngine::ComposedEngine(RunningEngine running, std::size_t threads, Observed observed)
    : running_(std::move(running)),
      kind_(catalogue_.add("on-event", OnEvent::kExport)),
      workers_(worker_config(threads, running_), clock_),
      log_({.format = LogFormat::kJson,
            .level = LogLevel::kError,
            .colour = {},
            .output = [](std::string_view) {}},
           clock_),
      event_log_(log_, catalogue_),
      queue_({}, workers_, random_, observed == Observed::kYes ? &event_log_ : nullptr) {
  workers_.set_work_source(queue_);
  workers_.start();
}

Result<std::unique_ptr<ComposedEngine>> ComposedEngine::start(const Setup& setup,
                                                              std::size_t threads,
                                                              Observed observed) {
  auto running = RunningEngine::start(setup);
  if (!running) return std::unexpected(std::move(running.error()));
  return std::unique_ptr<ComposedEngine>(
      new ComposedEngine(std::move(*running), threads, observed));
}

ComposedEngine::~ComposedEngine() {
  std::latch drained(static_cast<std::ptrdiff_t>(applications_.size()));
  for (const auto& application : applications_) {
    application->queue().drain(std::chrono::seconds(10),
                               [&](const event::DrainReport&) { drained.count_down(); });
  }
  drained.wait();
  workers_.stop();
}

Result<app::Application*> ComposedEngine::add_application(std::string name,
                                                          const std::filesystem::path& file,
                                                          const event::ApplicationLimits& limits) {
  auto application =
      create_application(running_, {catalogue_, contexts_, calls_}, std::move(name), file, limits);
  if (!application) return std::unexpected(std::move(application.error()));
  (*application)->join(queue_, catalogue_.size());
  (*application)->queue().open();
  applications_.push_back(std::move(*application));
  return applications_.back().get();
}

}  // namespace hermes::bench

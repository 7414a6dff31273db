#include "engine/testing/simulated_engine.hpp"

#include "engine/component_source.hpp"
#include "wasm/component_loader.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace hermes::engine::testing {

namespace {

// What a test cannot go on without.
template <class T>
T must(Result<T> result) {
  if (!result) {
    std::fprintf(stderr, "%s\n", result.error().message.c_str());
    std::abort();
  }
  return std::move(*result);
}

wasm::CompileCache open_cache() {
  const auto directory =
      std::filesystem::path(HERMES_SOURCE_DIR) / "build" / "test-cache" / "hermes" / "compiled";
  return must(wasm::CompileCache::open({.directory = directory}));
}

}  // namespace

SimulatedEngine::SimulatedEngine(std::uint64_t seed, const Config& config)
    : executor_(seed),
      blocking_(executor_),
      log_({.format = LogFormat::kJson,
            .level = LogLevel::kTrace,
            .colour = {},
            .output = [this](std::string_view line) { lines_.emplace_back(line); }},
           executor_.clock()),
      random_(seed),
      config_(config),
      wasm_(must(wasm::Engine::create(wasm::EngineConfig::on_demand()))),
      thread_(*wasm_),
      cache_(open_cache()),
      state_(config.state_directory ? must(StateDirectory::open(*config.state_directory))
                                    : nullptr),
      extensions_(std::make_unique<Extensions>(
          config, executor_, nullptr, blocking_, log_,
          [](std::string_view) { return std::shared_ptr<app::Application>(); },
          [this](const app::Application& application, std::uint8_t status) {
            done_.emplace_back(application.name(), status);
          })),
      event_log_(log_, extensions_->events),
      linker_(must(wasm::Linker::create(*wasm_))),
      contexts_(&extensions_->logging),
      queue_(config.queue, executor_, random_, &event_log_),
      metrics_(metrics_sources()) {
  executor_.set_work_source(&queue_);
  if (const auto added = linker_.add_wasi(); !added) std::abort();
  for (app::Extension* extension : extensions_->all()) {
    if (const auto linked = extension->link(linker_); !linked) std::abort();
  }
}

MetricsSources SimulatedEngine::metrics_sources() {
  return {.applications =
              [this] {
                std::vector<std::shared_ptr<app::Application>> all;
                for (const auto& each : applications_) {
                  all.emplace_back(std::shared_ptr<void>(), each.get());
                }
                return all;
              },
          .heartbeat = [] { return nullptr; },
          .queue = queue_,
          .events = extensions_->events,
          .logging = extensions_->logging,
          .http = extensions_->http_gateway,
          .log = log_,
          .wasm = *wasm_,
          .clock = executor_.clock(),
          .workers = 1,
          .version = "1.2.3"};
}

SimulatedEngine::~SimulatedEngine() {
  while (!applications_.empty()) stop(*applications_.back());
}

Result<std::shared_ptr<const app::LinkedComponent>> SimulatedEngine::load(
    const std::string& guest) {
  auto source =
      read_component(std::filesystem::path(HERMES_GUESTS_DIR) / (guest + ".wasm"), 1U << 30);
  if (!source) return std::unexpected(std::move(source).error());
  auto loaded = wasm::load_component(*wasm_, &cache_, compiler_, source->bytes);
  if (!loaded) return std::unexpected(std::move(loaded).error());
  auto linked = app::LinkedComponent::link(guest, loaded->component, loaded->digest, linker_,
                                           extensions_->events, app::MissingImports::kRefuse);
  if (!linked) return std::unexpected(std::move(linked).error());
  return std::make_shared<const app::LinkedComponent>(std::move(*linked));
}

Result<app::Application*> SimulatedEngine::start(std::string name,
                                                 const std::vector<std::string>& guests,
                                                 app::EngineControl control) {
  auto application = app::Application::create(std::move(name), {}, config_.application, control);
  if (!application) return std::unexpected(std::move(application).error());
  for (const std::string& guest : guests) {
    auto component = load(guest);
    if (!component) return std::unexpected(std::move(component).error());
    if (auto added = (*application)->add_module(std::move(*component), contexts_, calls_); !added) {
      return std::unexpected(std::move(added).error());
    }
  }
  if (state_ != nullptr) {
    (*application)->keep_state_in(must(state_->application((*application)->name())));
  }
  (*application)->join(queue_, extensions_->events.size());
  for (app::Extension* extension : extensions_->all()) {
    if (auto attached = extension->attach(**application); !attached) {
      return std::unexpected(std::move(attached).error());
    }
  }
  applications_.push_back(std::move(*application));
  app::Application& started = *applications_.back();
  started.set_phase(app::Phase::kInitialising);
  std::optional<Result<void>> initialised;
  extensions_->init.initialise(started,
                               [&](Result<void> result) { initialised = std::move(result); });
  executor_.run_ready();
  if (!initialised) return fail(ErrorCode::kInternal, "init has not ended");
  if (!*initialised) {
    Error error = initialised->error();
    stop(started);
    return std::unexpected(std::move(error));
  }
  started.queue().open();
  started.set_phase(app::Phase::kReady);
  return &started;
}

void SimulatedEngine::stop(app::Application& application) {
  for (app::Extension* extension : extensions_->all()) extension->detach(application);
  bool drained = false;
  application.queue().drain(Duration::zero(), [&](const event::DrainReport&) { drained = true; });
  executor_.run_for(std::chrono::seconds{1});
  if (!drained) std::abort();
  for (app::Extension* extension : extensions_->all()) extension->drained(application);
  std::erase_if(applications_, [&](const auto& each) { return each.get() == &application; });
}

std::size_t SimulatedEngine::count(std::string_view text) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      lines_, [&](const std::string& line) { return line.find(text) != std::string::npos; }));
}

}  // namespace hermes::engine::testing

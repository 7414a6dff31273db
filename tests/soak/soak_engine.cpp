#include "soak_engine.hpp"

#include "engine/component_source.hpp"
#include "wasm/componentize.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <regex>
#include <span>
#include <sstream>

namespace hermes::soak {

namespace {

constexpr std::uint64_t kMaxComponentBytes = std::uint64_t{1} << 30;
constexpr std::uint64_t kMaxSourceBytes = std::uint64_t{1} << 20;

const std::filesystem::path kSources = HERMES_SOURCE_DIR;

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

}  // namespace

SoakEngine::SoakEngine()
    : log_({.format = LogFormat::kJson,
            .level = LogLevel::kInfo,
            .colour = false,
            .output = [this](std::string_view) { ++lines_; }},
           clock_) {}

Result<std::unique_ptr<SoakEngine>> SoakEngine::start(engine::Config config) {
  std::unique_ptr<SoakEngine> soak(new SoakEngine);
  config.cache_directory = kSources / "build" / "test-cache" / "hermes" / "compiled";
  auto engine = engine::Engine::create(std::move(config), soak->clock_, soak->log_);
  if (!engine) return std::unexpected(std::move(engine).error());
  soak->engine_ = std::move(*engine);
  if (auto started = soak->engine_->start(); !started) return std::unexpected(started.error());
  return soak;
}

SoakEngine::~SoakEngine() {
  while (!applications_.empty()) stop_application(applications_.back());
}

Result<Component> SoakEngine::link(const engine::ComponentSource& source) {
  const auto loaded = engine_->load(source);
  if (!loaded) return std::unexpected(loaded.error());
  return engine_->link(source, *loaded, app::MissingImports::kRefuse);
}

Result<engine::ComponentSource> SoakEngine::make_guest(std::string_view file, std::string name,
                                                       const Replacements& replacements) {
  const auto folder = kSources / "tests" / "soak" / "guests";
  const auto path = folder / (std::string(file) + ".wat");
  const auto bytes = engine::read_file(path, kMaxSourceBytes);
  if (!bytes) return std::unexpected(bytes.error());
  std::string text(reinterpret_cast<const char*>(bytes->data()), bytes->size());
  for (const auto& [from, to] : replacements) replace_all(text, "{{" + from + "}}", to);
  std::smatch world;
  if (!std::regex_search(text, world, std::regex("^;; world: (\\S+)\n"))) {
    return fail(ErrorCode::kInvalidArgument,
                path.string() + ": the line `;; world: NAME` is missing");
  }
  auto component = wasm::componentize(std::as_bytes(std::span(text)),
                                      {.wit = folder / "wit", .world = world[1].str()});
  if (!component) return std::unexpected(std::move(component).error().with_context(path.string()));
  return engine::ComponentSource{
      .path = path, .name = std::move(name), .bytes = std::move(*component)};
}

Result<Component> SoakEngine::soak_guest(std::string_view file, std::string name,
                                         const Replacements& replacements) {
  const auto source = make_guest(file, std::move(name), replacements);
  if (!source) return std::unexpected(source.error());
  return link(*source);
}

Result<Component> SoakEngine::test_guest(std::string_view name) {
  const auto source = engine::read_component(
      std::filesystem::path(HERMES_GUESTS_DIR) / (std::string(name) + ".wasm"), kMaxComponentBytes);
  if (!source) return std::unexpected(source.error());
  return link(*source);
}

Result<std::shared_ptr<app::Application>> SoakEngine::start_application(
    std::string name, std::vector<Component> components, const app::ApplicationBounds& bounds) {
  auto started = engine_->start_application(
      {.name = std::move(name), .components = std::move(components), .vfs = {}, .bounds = bounds});
  if (started) applications_.push_back(*started);
  return started;
}

bool SoakEngine::stop_application(const std::shared_ptr<app::Application>& application) {
  // `application` may be what is erased.
  const auto stopped = application;  // NOLINT(performance-unnecessary-copy-initialization)
  std::erase(applications_, stopped);
  return engine_->stop_application(stopped, engine::kDefaultGrace).clean();
}

event::EventKind SoakEngine::kind(std::string_view name) const {
  const auto events = engine_->extensions().events.events();
  return std::ranges::find(events, name, &app::EventType::name)->kind;
}

double SoakEngine::metric(std::string_view series) const {
  std::istringstream lines(engine_->metrics_text());
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(series) || line.size() <= series.size() || line[series.size()] != ' ') {
      continue;
    }
    return std::strtod(line.c_str() + series.size(), nullptr);
  }
  return -1;
}

std::string SoakEngine::in_use() const {
  std::string text;
  const auto look = [&](const std::string& series) {
    const double value = metric(series);
    if (value != 0) text += (text.empty() ? "" : ", ") + series + " " + std::to_string(value);
  };
  for (const char* resource : {"component_instance", "core_instance", "memory", "table", "stack"}) {
    look("hermes_pool_in_use{resource=\"" + std::string(resource) + "\"}");
  }
  look("hermes_engine_permits_in_use");
  look("hermes_engine_events");
  return text;
}

}  // namespace hermes::soak

#include "cli/session.hpp"

#include "app/limit_options.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "vfs/mount_option.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <unistd.h>

#include <map>
#include <utility>

namespace hermes::cli {

namespace {

// Compiling is worth a word when it takes longer than this.
constexpr std::chrono::milliseconds kWorthAWord{500};

}  // namespace

engine::Config RunSettings::to_config(bool human) const {
  engine::Config config;
  if (human) config.logging.location = ext::logging::SourceLocation::kBrief;
  config.workers = workers;
  config.application = bounds;
  return config;
}

Result<vfs::Vfs> RunSettings::to_vfs() const {
  vfs::Vfs vfs;
  for (const std::string& text : directories) {
    auto option = vfs::parse_mount_option(text);
    if (!option) return std::unexpected(std::move(option).error().with_context("--dir"));
    if (auto done = vfs.mount(option->host_directory, option->guest_path, option->access); !done) {
      return std::unexpected(std::move(done).error().with_context("--dir"));
    }
  }
  return vfs;
}

void add_log_options(CLI::App& command, LogSettings& settings) {
  static const std::map<std::string, LogFormat> kFormats = {
      {"auto", LogFormat::kAuto}, {"human", LogFormat::kHuman}, {"json", LogFormat::kJson}};
  command
      .add_option(
          "--log-format", settings.format,
          "How log lines look: human, json (one object per line), or auto: human on a terminal")
      ->transform(CLI::CheckedTransformer(kFormats).description(""))
      ->type_name("FORMAT")
      ->group("Log");
  command
      .add_option_function<std::string>(
          "--log-level",
          [&settings](const std::string& text) {
            const auto level = parse_log_level(text);
            if (!level) throw CLI::ValidationError("--log-level", level.error().message);
            settings.level = *level;
          },
          "The least level that is logged: trace, debug, info, warn, error")
      ->type_name("LEVEL")
      ->group("Log");
}

void add_run_options(CLI::App& command, RunSettings& settings) {
  command
      .add_option(
          "--dir", settings.directories,
          "Show a directory of this machine to the application: HOST::GUEST, or HOST::GUEST:ro")
      ->type_name("DIR")
      ->allow_extra_args(false);
  command.add_flag("--trap-missing-imports", settings.trap_missing_imports,
                   "Load components that import what the engine does not have; calling it traps");
  command
      .add_option("--workers", settings.workers,
                  "Threads that run components; default: one per processor")
      ->check(CLI::Range(1, 1024))
      ->type_name("N")
      ->group("Limits");
  for (const app::LimitOption& limit : app::limit_options()) {
    command
        .add_option_function<std::string>(
            std::string(limit.option),
            [&settings, &limit](const std::string& text) {
              const auto set = app::set_limit(settings.bounds, limit, text);
              if (!set) throw CLI::ValidationError(set.error().message);
            },
            fmt::format("{}; default: {}", limit.help, limit.standard()))
        ->type_name(std::string(limit.unit))
        ->group("Limits");
  }
}

bool is_human(const LogSettings& settings) {
  if (settings.format == LogFormat::kAuto) return isatty(STDERR_FILENO) == 1;
  return settings.format == LogFormat::kHuman;
}

Result<CompiledFile> compile_file(engine::Engine& engine, Log& log,
                                  const std::filesystem::path& path, std::stop_token stop) {
  auto source = engine::read_component(path, engine.config().compiler.limits.component_bytes);
  if (!source) return std::unexpected(std::move(source).error());
  bool said = false;
  const auto observer = [&](const wasm::CompileProgress& progress) {
    if (said || progress.finished || progress.elapsed < kWorthAWord) return;
    said = true;
    log.info("compiling {} ({}); the next start takes it from the cache", printable(source->name),
             format_size(progress.component_bytes));
  };
  auto loaded = engine.load(*source, observer, std::move(stop));
  if (!loaded) return std::unexpected(std::move(loaded).error());
  if (said) {
    log.info("compiled {} in {}", printable(source->name), format_duration(loaded->elapsed));
  }
  return CompiledFile{std::move(*source), std::move(*loaded)};
}

Result<PreparedComponent> prepare_component(engine::Engine& engine, Log& log,
                                            const std::filesystem::path& path,
                                            app::MissingImports missing, std::stop_token stop) {
  auto compiled = compile_file(engine, log, path, std::move(stop));
  if (!compiled) return std::unexpected(std::move(compiled).error());
  auto linked = engine.link(compiled->source, compiled->loaded, missing);
  if (!linked) return std::unexpected(std::move(linked).error());
  return PreparedComponent{std::move(*linked), compiled->loaded.from_cache,
                           compiled->loaded.elapsed};
}

}  // namespace hermes::cli

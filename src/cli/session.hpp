// What the commands that run or look at components have in common.
#pragma once

#include "app/application_bounds.hpp"
#include "app/module.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "engine/config.hpp"
#include "engine/engine.hpp"
#include "vfs/vfs.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace hermes::cli {

/// Options of the log.
struct LogSettings {
  LogFormat format = LogFormat::kAuto;
  LogLevel level = LogLevel::kInfo;
};

/// Options of whatever runs guests.
struct RunSettings {
  /// 0: one per processor.
  std::size_t workers = 0;
  /// Of each application.
  app::ApplicationBounds bounds;
  bool trap_missing_imports = false;
  /// One for each `--dir`: `HOST::GUEST[:ro]`.
  std::vector<std::string> directories;

  [[nodiscard]] app::MissingImports missing_imports() const {
    return trap_missing_imports ? app::MissingImports::kTrap : app::MissingImports::kRefuse;
  }
  /// The engine's configuration with these settings. `human`: whether people read the log.
  [[nodiscard]] engine::Config to_config(bool human) const;
  /// The file tree that `directories` ask for. An error names the option, the directory and the
  /// rule that it breaks.
  [[nodiscard]] Result<vfs::Vfs> to_vfs() const;
};

void add_log_options(CLI::App& command, LogSettings& settings);
void add_run_options(CLI::App& command, RunSettings& settings);

/// Whether log lines of `settings` are meant for people: asked for, or standard error is a
/// terminal.
[[nodiscard]] bool is_human(const LogSettings& settings);

/// A component that was read, compiled and linked.
struct PreparedComponent {
  std::shared_ptr<const app::LinkedComponent> linked;
  bool from_cache = false;
  std::chrono::milliseconds elapsed{0};
};

/// Reads, compiles and links the component in `path`. Waits, and says in the log what takes long.
Result<PreparedComponent> prepare_component(engine::Engine& engine, Log& log,
                                            const std::filesystem::path& path,
                                            app::MissingImports missing, std::stop_token stop);

/// Only reads and compiles it.
struct CompiledFile {
  engine::ComponentSource source;
  wasm::LoadedComponent loaded;
};
Result<CompiledFile> compile_file(engine::Engine& engine, Log& log,
                                  const std::filesystem::path& path, std::stop_token stop);

}  // namespace hermes::cli

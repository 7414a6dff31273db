// hermes cron ls: what applications have scheduled, from the state directory.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "cli/console.hpp"
#include "runtime_extensions/cron/entry.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace hermes::cli {

struct CronListOptions {
  std::filesystem::path state_directory;
  std::optional<std::string> application;
  bool json = false;
};

/// Returns `hermes cron ls`.
CLI::App& add_cron_list(CLI::App& commands, CronListOptions& options);
int run_cron_list(const CronListOptions& options, const Console& console);

/// What was found in a state directory.
struct CronReport {
  struct Application {
    std::string name;
    std::vector<ext::cron::StoredEntry> entries;
  };
  /// An engine uses the directory: what it has written so far is shown.
  bool running = false;
  std::vector<Application> applications{};
  /// Of applications that cannot be read.
  std::vector<Error> errors{};
};

[[nodiscard]] std::string to_text(const CronReport& report, WallTime now, const Console& console);
[[nodiscard]] std::string to_json(const CronReport& report, WallTime now);

}  // namespace hermes::cli

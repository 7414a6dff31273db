// hermes inspect: what a component imports, exports and handles.
#pragma once

#include "cli/console.hpp"
#include "engine/inspection.hpp"

#include <filesystem>
#include <string>

namespace CLI {
class App;
}

namespace hermes::cli {

struct InspectOptions {
  std::filesystem::path component;
  bool json = false;
};

CLI::App& add_inspect(CLI::App& commands, InspectOptions& options);

/// kSuccess when the component could be looked at, whatever it is like.
int run_inspect(const InspectOptions& options, const Console& console);

/// The report for people.
[[nodiscard]] std::string to_text(const engine::Inspection& inspection, const Console& console);

/// The report for programs: one JSON object, documented in docs/cli.md.
[[nodiscard]] std::string to_json(const engine::Inspection& inspection);

}  // namespace hermes::cli

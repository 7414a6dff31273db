// hermes componentize: makes a component of a core module.
#pragma once

#include "cli/console.hpp"
#include "wasm/componentize.hpp"

#include <filesystem>

namespace CLI {
class App;
}

namespace hermes::cli {

struct ComponentizeCommandOptions {
  std::filesystem::path core;
  std::filesystem::path output;
  wasm::ComponentizeOptions componentize;
};

CLI::App& add_componentize(CLI::App& commands, ComponentizeCommandOptions& options);

/// Writes the component, as a whole or not at all.
int run_componentize(const ComponentizeCommandOptions& options, const Console& console);

}  // namespace hermes::cli

#include "cli/command_line.hpp"

#include "base/text.hpp"
#include "cli/componentize.hpp"
#include "cli/cron_command.hpp"
#include "cli/exit_status.hpp"
#include "cli/inspect.hpp"
#include "cli/playground.hpp"
#include "cli/test_command.hpp"
#include "cli/version.hpp"
#include "wasm/compile_worker.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>

namespace hermes::cli {

namespace {

constexpr std::string_view kCompileWorker = "compile-worker";

}  // namespace

int run_command_line(int argc, const char* const* argv, const Console& console) {
  // The engine starts itself in this role to compile components; it is no command for people.
  if (argc >= 2 && argv[1] == kCompileWorker) return wasm::compile_worker_main(argc - 2, argv + 2);

  CLI::App commands("Runs event-driven applications made of WebAssembly components.", "hermes");
  commands.set_version_flag("--version", fmt::format("hermes {}", version()));
  commands.require_subcommand(1);
  commands.footer(
      "`hermes COMMAND --help` shows the options of a command. docs/cli.md is the manual.");
  PlaygroundOptions playground_options;
  TestOptions test_options;
  InspectOptions inspect_options;
  ComponentizeCommandOptions componentize_options;
  CronListOptions cron_list_options;
  CLI::App& playground = add_playground(commands, playground_options);
  CLI::App& test = add_test(commands, test_options);
  CLI::App& inspect = add_inspect(commands, inspect_options);
  CLI::App& componentize = add_componentize(commands, componentize_options);
  CLI::App& cron_list = add_cron_list(commands, cron_list_options);

  try {
    commands.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // --help and --version arrive here as well, with the status 0, and go to standard output.
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
      return commands.exit(error, console.out(), console.err());
    }
    const std::string_view first = argc >= 2 ? argv[1] : "";
    const bool unknown =
        !first.empty() && !first.starts_with('-') && commands.get_subcommands().empty();
    console.error(unknown ? fmt::format("there is no command \"{}\"", first) : error.what());
    console.err() << "Try `hermes --help`, or `hermes COMMAND --help`.\n";
    return kUsage;
  }

  if (playground.parsed()) return run_playground(playground_options, console);
  if (test.parsed()) return run_test(test_options, console);
  if (inspect.parsed()) return run_inspect(inspect_options, console);
  if (componentize.parsed()) return run_componentize(componentize_options, console);
  if (cron_list.parsed()) return run_cron_list(cron_list_options, console);
  return kUsage;
}

}  // namespace hermes::cli

// The command line of hermes.
#pragma once

#include "cli/console.hpp"

namespace hermes::cli {

/// Everything that main() does: reads the command line, runs the command, and returns the exit
/// status.
int run_command_line(int argc, const char* const* argv, const Console& console);

}  // namespace hermes::cli

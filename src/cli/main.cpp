// The program `hermes`.
#include "base/heap.hpp"
#include "cli/command_line.hpp"
#include "cli/console.hpp"

#include <csignal>

int main(int argc, char** argv) {
  // A reader that goes away (a pager, a log collector) is an error of a write, not the end of the
  // engine.
  std::signal(SIGPIPE, SIG_IGN);
  hermes::keep_heap_small();
  return hermes::cli::run_command_line(argc, argv, hermes::cli::Console::standard());
}

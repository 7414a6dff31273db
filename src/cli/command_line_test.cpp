#include "cli/command_line.hpp"

#include "app/limit_options.hpp"
#include "cli/exit_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace hermes::cli {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

struct Ran {
  int status;
  std::string out;
  std::string err;
};

Ran run(std::vector<const char*> arguments) {
  arguments.insert(arguments.begin(), "hermes");
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_command_line(static_cast<int>(arguments.size()), arguments.data(),
                                      {out, err, false, false});
  return {status, out.str(), err.str()};
}

TEST(CommandLine, HelpAndVersionAreResults) {
  const Ran version = run({"--version"});
  EXPECT_EQ(version.status, kSuccess);
  EXPECT_THAT(version.out, StartsWith("hermes "));
  EXPECT_THAT(version.err, IsEmpty());
  const Ran help = run({"--help"});
  EXPECT_EQ(help.status, kSuccess);
  for (const char* command : {"playground", "test", "inspect", "componentize", "cron"}) {
    EXPECT_THAT(help.out, HasSubstr(command));
    EXPECT_EQ(run({command, "--help"}).status, kSuccess) << command;
  }
  // A role of the program for itself, no command.
  EXPECT_EQ(help.out.find("compile-worker"), std::string::npos);
}

class CommandLineRefused
    : public testing::TestWithParam<std::pair<std::vector<const char*>, std::string>> {};

TEST_P(CommandLineRefused, NamesTheProblemOnStandardError) {
  const Ran ran = run(GetParam().first);
  EXPECT_EQ(ran.status, kUsage);
  EXPECT_THAT(ran.out, IsEmpty());
  EXPECT_THAT(ran.err, StartsWith("hermes: error: "));
  EXPECT_THAT(ran.err, HasSubstr(GetParam().second));
}

using Arguments = std::vector<const char*>;
INSTANTIATE_TEST_SUITE_P(
    Arguments, CommandLineRefused,
    testing::Values(
        std::pair(Arguments{}, "subcommand"), std::pair(Arguments{"fly"}, "fly"),
        std::pair(Arguments{"playground"}, "COMPONENT"),
        std::pair(Arguments{"playground", "x.wasm", "--timeout-ms", "0"}, "--timeout-ms"),
        std::pair(Arguments{"playground", "x.wasm", "--timeout-ms", "soon"}, "--timeout-ms"),
        std::pair(Arguments{"playground", "x.wasm", "--log-level", "loud"},
                  "\"loud\" is not a log level"),
        std::pair(Arguments{"playground", "x.wasm", "--log-format", "xml"}, "--log-format"),
        std::pair(Arguments{"playground", "x.wasm", "--workers", "-1"}, "--workers"),
        std::pair(Arguments{"playground", "x.wasm", "--what"}, "--what"),
        std::pair(Arguments{"playground", "x.wasm", "--weight", "0"},
                  "--weight 0: it must be a whole number from 1 to 1000 (without it: 1)"),
        std::pair(Arguments{"test", "x.wasm", "--deadline-ms", "1.5"}, "--deadline-ms 1.5: "),
        std::pair(Arguments{"playground", "x.wasm", "--output-bytes-per-second", "10"},
                  "from 1024 to 1073741824"),
        std::pair(Arguments{"playground", "x.wasm", "--admin", "localhost:1"},
                  "--admin: \"localhost:1\" is no address to listen at"),
        std::pair(Arguments{"inspect", "x.wasm", "--format", "xml"}, "--format"),
        std::pair(Arguments{"inspect", "x.wasm", "y.wasm"}, "y.wasm"),
        std::pair(Arguments{"cron"}, "subcommand"),
        std::pair(Arguments{"cron", "ls"}, "--state-dir"),
        std::pair(Arguments{"componentize", "x.wasm"}, "output"),
        std::pair(Arguments{"componentize", "x.wasm", "-o", "y", "--wit", "z"}, "--world"),
        std::pair(Arguments{"componentize", "x.wasm", "-o", "y", "--string-encoding", "utf8"},
                  "--wit")));

TEST(CommandLine, EveryLimitOfAnApplicationIsAnOptionOfAllCommandsThatRunGuests) {
  for (const char* command : {"playground", "test"}) {
    const std::string help = run({command, "--help"}).out;
    for (const app::LimitOption& limit : app::limit_options()) {
      EXPECT_THAT(help, HasSubstr(std::string(limit.option) + " " + std::string(limit.unit)));
      EXPECT_THAT(help, HasSubstr("default: " + std::to_string(limit.standard())));
    }
  }
}

TEST(CommandLine, AMissingFileIsAFailureThatNamesIt) {
  for (const char* command : {"playground", "test", "inspect"}) {
    const Ran ran = run({command, "/no/such/file.wasm"});
    EXPECT_EQ(ran.status, kFailure) << command;
    EXPECT_THAT(ran.err, HasSubstr("/no/such/file.wasm: there is no such file")) << command;
    EXPECT_THAT(ran.out, IsEmpty()) << command;
  }
}

TEST(CommandLine, DirIsTheSameOptionForAllCommandsThatRunGuests) {
  for (const char* command : {"playground", "test"}) {
    EXPECT_THAT(run({command, "--help"}).out, HasSubstr("HOST::GUEST, or HOST::GUEST:ro"))
        << command;
    for (const char* directory : {"data", "/no/such::/data", "/::data", "/::/data:rx"}) {
      const Ran ran = run({command, "x.wasm", "--dir", "/::/all:ro", "--dir", directory});
      EXPECT_EQ(ran.status, kFailure) << command << ' ' << directory;
      EXPECT_THAT(ran.err, StartsWith("hermes: error: --dir: ")) << command << ' ' << directory;
    }
  }
}

}  // namespace
}  // namespace hermes::cli

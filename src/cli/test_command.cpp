#include "cli/test_command.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/exit_status.hpp"
#include "cli/test_run.hpp"
#include "engine/engine.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <utility>

namespace hermes::cli {

namespace {

using ext::integration_test::CaseKind;

void print(const Console& console, const TestCase& test_case, const TestVerdict& verdict) {
  const std::string result = verdict.passed ? console.out_style(Style::kGood, "ok    ")
                                            : console.out_style(Style::kBad, "FAILED");
  std::string text = fmt::format(
      "{}  {:<5}  {}  {}\n", result, test_case.kind == CaseKind::kTest ? "test" : "bench",
      test_case.name, console.out_style(Style::kDim, "(" + format_duration(verdict.ran) + ")"));
  if (!verdict.passed) {
    // Each line of the reason is indented like the first.
    std::string reason;
    append_printable(reason, verdict.reason, true);
    std::size_t begin = 0;
    while (begin <= reason.size()) {
      const std::size_t end = std::min(reason.find('\n', begin), reason.size());
      text += "        " + reason.substr(begin, end - begin) + '\n';
      begin = end + 1;
    }
    for (const std::string& frame : verdict.backtrace) {
      text += "          at " + printable(frame) + '\n';
    }
  }
  console.out() << text << std::flush;
}

Result<int> run(const TestOptions& options, const Console& console, engine::Engine& engine,
                Log& log) {
  auto vfs = options.run.to_vfs();
  if (!vfs) return std::unexpected(std::move(vfs).error());
  auto component =
      prepare_component(engine, log, options.component, options.run.missing_imports(), {});
  if (!component) return std::unexpected(std::move(component).error());
  TestRun tests(engine, std::move(component->linked), std::move(*vfs));
  auto cases = tests.list();
  if (!cases) return std::unexpected(std::move(cases).error());
  std::erase_if(*cases, [&](const TestCase& each) {
    return each.name.find(options.filter) == std::string::npos;
  });
  if (options.list) {
    for (const TestCase& each : *cases) {
      console.out() << fmt::format("{:<5}  {}\n", each.kind == CaseKind::kTest ? "test" : "bench",
                                   each.name);
    }
    return kSuccess;
  }

  std::size_t passed = 0;
  for (const TestCase& each : *cases) {
    const TestVerdict verdict = tests.run(each);
    log.flush();
    print(console, each, verdict);
    if (verdict.passed) ++passed;
  }
  const std::size_t failed = cases->size() - passed;
  if (cases->empty()) console.error("there was no case to run");
  console.out() << fmt::format("{} passed, {} failed\n", passed, failed) << std::flush;
  return passed > 0 && failed == 0 ? kSuccess : kFailure;
}

}  // namespace

CLI::App& add_test(CLI::App& commands, TestOptions& options) {
  CLI::App& command =
      *commands.add_subcommand("test", "Run the test cases that a component brings");
  command
      .add_option("COMPONENT", options.component,
                  "File of a component that exports hermes:integration-test/event")
      ->required()
      ->type_name("");
  command.add_option("--filter", options.filter, "Only cases whose name contains TEXT")
      ->type_name("TEXT");
  command.add_flag("--list", options.list, "Only list the cases");
  add_run_options(command, options.run);
  add_log_options(command, options.log);
  return command;
}

int run_test(const TestOptions& options, const Console& console) {
  const SystemClock clock;
  Log log({.format = options.log.format, .level = options.log.level, .colour = {}, .output = {}},
          clock);
  auto engine = engine::Engine::create(options.run.to_config(is_human(options.log)), clock, log);
  Result<void> started = engine ? (*engine)->start() : std::unexpected(engine.error());
  Result<int> status =
      started ? run(options, console, **engine, log) : std::unexpected(started.error());
  log.flush();
  if (status) return *status;
  console.error(status.error());
  return kFailure;
}

}  // namespace hermes::cli

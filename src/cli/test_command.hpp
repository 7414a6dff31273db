// hermes test: runs the test cases that a component brings.
#pragma once

#include "cli/console.hpp"
#include "cli/session.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace hermes::cli {

struct TestOptions {
  std::filesystem::path component;
  /// Only cases whose name contains this.
  std::string filter;
  /// Only says what there is.
  bool list = false;
  LogSettings log{.format = LogFormat::kAuto, .level = LogLevel::kInfo};
  RunSettings run;
};

CLI::App& add_test(CLI::App& commands, TestOptions& options);

/// Runs each case in a fresh application, one after the other, and ends with the line "N passed, N
/// failed". kSuccess when there was a case and none failed.
int run_test(const TestOptions& options, const Console& console);

}  // namespace hermes::cli

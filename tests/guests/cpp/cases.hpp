/// The test cases of this component, in the order in which they are numbered.
#pragma once

#include <span>
#include <string_view>

namespace everything {

struct Case {
  std::string_view name;
  /// Runs the case in a fresh instance and answers whether everything was as promised.
  bool (*run)();
};

/// Each group has a file of its own.
std::span<const Case> cron_cases();
std::span<const Case> logging_cases();
std::span<const Case> instance_cases();

/// Answers `held`, and writes a log record that names the promise if it was not kept.
bool expect(bool held, std::string_view promise);

}  // namespace everything

// The limits of an application as people set them: one table for the command line, for checking
// and for help. docs/limits.md says what happens at each.
#pragma once

#include "app/application_bounds.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace hermes::app {

/// One limit.
struct LimitOption {
  /// "--max-events"; errors name it.
  std::string_view option;
  /// What the number counts, for help: "MS".
  std::string_view unit;
  std::string_view help;
  /// The range, both ends included.
  std::uint64_t least;
  std::uint64_t most;
  /// In the option's unit. What is finer than that is rounded up.
  std::uint64_t (*get)(const ApplicationBounds& bounds);
  void (*set)(ApplicationBounds& bounds, std::uint64_t value);

  /// The value of an application of which nothing else is said.
  [[nodiscard]] std::uint64_t standard() const { return get(ApplicationBounds{}); }
};

/// All of them.
[[nodiscard]] std::span<const LimitOption> limit_options();

/// Sets a limit to what `text` says. The error names the option, the value and the range, and
/// `bounds` stays as it was.
Result<void> set_limit(ApplicationBounds& bounds, const LimitOption& limit, std::string_view text);

/// Whether every limit of `bounds` is in its range; else the error for the first that is not.
Result<void> check_limits(const ApplicationBounds& bounds);

}  // namespace hermes::app

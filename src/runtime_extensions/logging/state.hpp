// How much one application has logged.
#pragma once

#include "app/application_bounds.hpp"
#include "app/extension_state.hpp"
#include "base/clock.hpp"
#include "base/executor.hpp"
#include "runtime_extensions/logging/line_limits.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace hermes::ext::logging {

/// The rate limits of one application, and the timer that says what was dropped: a second after the
/// first line that was, and again as long as there are more. Any thread.
class LoggingState final : public app::ExtensionState {
 public:
  /// On a thread of the executor. Uses nothing that belongs to the application.
  using Report = std::function<void(const Drops&)>;

  static constexpr Duration kReportInterval = std::chrono::seconds{1};

  /// `executor` outlives it.
  LoggingState(const app::OutputBounds& bounds, Executor& executor, Report report);
  ~LoggingState() override;

  /// May a line of so many bytes be written now?
  [[nodiscard]] bool admit(std::uint64_t bytes);
  /// Reports what is left, on this thread; nothing is reported any more after that.
  void stop();
  /// Since the application was started.
  [[nodiscard]] LineCounts counts() const;

 private:
  class Meter;
  /// Shared with its own timer, which may fire late.
  std::shared_ptr<Meter> meter_;
};

}  // namespace hermes::ext::logging

// The runtime extension `logging`.
#pragma once

#include "app/application.hpp"
#include "app/extension.hpp"
#include "app/extension_state.hpp"
#include "app/guest_output.hpp"
#include "base/executor.hpp"
#include "base/log.hpp"
#include "runtime_extensions/logging/config.hpp"
#include "runtime_extensions/logging/host.hpp"
#include "runtime_extensions/logging/record.hpp"
#include "runtime_extensions/logging/state.hpp"

#include <string_view>

namespace hermes::ext::logging {

/// `hermes:logging`, and what guests write to their standard streams.
class LoggingExtension final : public app::Extension, public app::GuestOutput {
 public:
  /// `slot` is its own in each application. `log` and `executor` outlive it.
  LoggingExtension(app::StateSlot<LoggingState> slot, Log& log, Executor& executor,
                   const Config& config)
      : slot_(slot), log_(log), executor_(executor), config_(config), host_(*this) {}

  /// Writes a record of the call of `context`, unless its application has used up its rate. Any
  /// thread.
  void log(const app::RuntimeContext& context, const Record& record);

  /// Lines of an attached application so far. Those below the log's level are not counted.
  [[nodiscard]] LineCounts counts(const app::Application& application) const {
    return application.state(slot_).counts();
  }

  [[nodiscard]] std::string_view package() const override { return "hermes:logging"; }
  Result<void> link(wasm::Linker& linker) override;
  Result<void> attach(app::Application& application) override;
  void detach(app::Application&) override {}
  void drained(app::Application& application) override;

  // app::GuestOutput
  void on_line(const app::RuntimeContext& context, wasm::OutputStream stream,
               std::string_view line) override;

 private:
  app::StateSlot<LoggingState> slot_;
  Log& log_;
  Executor& executor_;
  Config config_;
  LoggingHost host_;
};

}  // namespace hermes::ext::logging

// The runtime extension `cron`.
#pragma once

#include "app/event_catalogue.hpp"
#include "app/extension.hpp"
#include "app/extension_state.hpp"
#include "base/blocking.hpp"
#include "base/executor.hpp"
#include "base/log.hpp"
#include "base/object_pool.hpp"
#include "runtime_extensions/cron/config.hpp"
#include "runtime_extensions/cron/event.hpp"
#include "runtime_extensions/cron/host.hpp"
#include "runtime_extensions/cron/state.hpp"

#include <string_view>

namespace hermes::ext::cron {

/// `hermes:cron`: events at given times.
class CronExtension final : public app::Extension {
 public:
  /// `slot` is its own in each application. Adds `on-cron` to `events`. `executor` (whose clock is
  /// used), `blocking` (which writes schedules to the disk) and `log` outlive it.
  CronExtension(app::StateSlot<CronState> slot, app::EventCatalogue& events, Executor& executor,
                BlockingExecutor& blocking, Log& log, const Config& config);

  [[nodiscard]] std::string_view package() const override { return "hermes:cron"; }
  Result<void> link(wasm::Linker& linker) override;
  Result<void> attach(app::Application& application) override;
  void detach(app::Application& application) override;
  void drained(app::Application& application) override;

  /// What `application` has scheduled: the first `most` entries. Any thread, once it is attached.
  [[nodiscard]] DurableSchedule::Upcoming upcoming(app::Application& application,
                                                   std::size_t most) const {
    return application.state(slot_).upcoming(most);
  }

  [[nodiscard]] event::EventKind on_cron() const { return shared_.kind; }

 private:
  app::StateSlot<CronState> slot_;
  Config config_;
  ObjectPool<CronEvent> events_;
  Shared shared_;
  CronHost host_;
};

}  // namespace hermes::ext::cron

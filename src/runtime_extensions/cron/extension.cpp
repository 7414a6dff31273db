#include "runtime_extensions/cron/extension.hpp"

#include "app/application.hpp"
#include "base/random.hpp"

#include <memory>

namespace hermes::ext::cron {

namespace {

// Nothing that anybody sees depends on it, so it need not be replayed in simulations.
SipKey make_secret() {
  SystemRandom random;
  return SipKey::make(random);
}

}  // namespace

CronExtension::CronExtension(app::StateSlot<CronState> slot, app::EventCatalogue& events,
                             Executor& executor, BlockingExecutor& blocking, Log& log,
                             const Config& config)
    : slot_(slot),
      config_(config),
      shared_{.executor = executor,
              .blocking = blocking,
              .log = log,
              .kind = events.add("on-cron", wit::cron::event::OnCron::kExport),
              .events = events_,
              .secret = make_secret()},
      host_(slot) {}

Result<void> CronExtension::link(wasm::Linker& linker) {
  return wit::cron::api::link(linker, host_);
}

Result<void> CronExtension::attach(app::Application& application) {
  auto state = std::make_unique<CronState>(application, shared_, config_);
  if (auto restored = state->restore(); !restored) return restored;
  application.states().put(slot_, std::move(state));
  return {};
}

void CronExtension::detach(app::Application& application) { application.state(slot_).stop(); }

void CronExtension::drained(app::Application& application) { application.state(slot_).flush(); }

}  // namespace hermes::ext::cron

#include "runtime_extensions/init/event.hpp"

#include "runtime_extensions/init/initialisation.hpp"

namespace hermes::ext::init {

bool InitEvent::withdrawn() { return initialisation_->failed(); }

wasm::ExportCall& InitEvent::prepare(const wasm::ExportFunc&) { return call_.emplace(); }

void InitEvent::handled(const event::HandlerReport& report) {
  const bool ready = report.outcome == event::Outcome::kCompleted && call_->result();
  if (!ready) initialisation_->fail(describe_failure(report));
  call_.reset();
}

void InitEvent::finished(const event::EventSummary& summary) {
  initialisation_->event_over(summary.outcome);
}

}  // namespace hermes::ext::init

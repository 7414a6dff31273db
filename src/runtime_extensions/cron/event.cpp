#include "runtime_extensions/cron/event.hpp"

#include "runtime_extensions/cron/state.hpp"

#include <memory>

namespace hermes::ext::cron {

void CronEvent::assign(event::EventKind kind, CronState& state, const Occurrence& occurrence) {
  kind_ = kind;
  state_ = &state;
  occurrence_ = occurrence;
  begun_ = false;
  last_ = false;
  keep_ = true;
}

bool CronEvent::withdrawn() {
  const std::optional<bool> last = state_->schedule().begin(occurrence_.entry);
  if (!last) return true;
  begun_ = true;
  last_ = *last;
  return false;
}

wasm::ExportCall& CronEvent::prepare(const wasm::ExportFunc&) {
  return call_.emplace(wit::cron::event::CronTaggedView{.when = occurrence_.name->when,
                                                        .tag = occurrence_.name->tag},
                       last_);
}

void CronEvent::handled(const event::HandlerReport& report) {
  if (report.outcome == event::Outcome::kCompleted && !call_->result()) keep_ = false;
  call_.reset();
}

void CronEvent::finished(const event::EventSummary& summary) {
  DurableSchedule& schedule = state_->schedule();
  if (summary.outcome == event::Outcome::kDropped) {
    schedule.dropped(occurrence_, keep_);
  } else if (begun_) {
    schedule.finished(occurrence_, keep_);
  } else {
    schedule.abandon(occurrence_);
  }
}

void CronEvent::release() noexcept {
  call_.reset();
  occurrence_ = {};
  state_ = nullptr;
  pool_.give(std::unique_ptr<CronEvent>(this));
}

}  // namespace hermes::ext::cron

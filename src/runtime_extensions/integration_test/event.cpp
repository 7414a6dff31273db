#include "runtime_extensions/integration_test/event.hpp"

#include <utility>

namespace hermes::ext::integration_test {

wasm::ExportCall& CaseEvent::prepare(const wasm::ExportFunc&) {
  if (kind_ == CaseKind::kTest) return test_.emplace(index_, run_);
  return bench_.emplace(index_, run_);
}

void CaseEvent::handled(const event::HandlerReport& report) {
  result_.ran = report.ran;
  if (report.outcome == event::Outcome::kCompleted) {
    result_.result =
        kind_ == CaseKind::kTest ? std::move(test_->result()) : std::move(bench_->result());
  } else if (report.failure != nullptr) {
    result_.failure = *report.failure;
  }
}

void CaseEvent::finished(const event::EventSummary& summary) {
  result_.outcome = summary.outcome;
  done_(std::move(result_));
}

}  // namespace hermes::ext::integration_test

// Events that a proof pushes by itself, as an extension would.
#pragma once

#include "app/application.hpp"
#include "event/event.hpp"
#include "event/push.hpp"
#include "runtime_extensions/integration_test/event.hpp"
#include "wit/cron/event.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace hermes::soak {

/// How the one call of an event ended.
struct Ended {
  event::Outcome outcome = event::Outcome::kDropped;
  /// Why, unless it completed.
  std::string message;
  /// What the guest answered.
  bool answer = false;
};

/// An `on-cron` without an entry behind it.
class TickEvent final : public event::EventPayload {
 public:
  using Callback = std::move_only_function<void(Ended)>;

  TickEvent(event::EventKind kind, bool last, Callback done)
      : kind_(kind), last_(last), done_(std::move(done)) {}

  [[nodiscard]] event::EventKind kind() const override { return kind_; }
  [[nodiscard]] std::string_view event_name() const override { return "on-cron"; }
  wasm::ExportCall& prepare(const wasm::ExportFunc&) override {
    return call_.emplace(wit::cron::event::CronTaggedView{.when = "* * * * *", .tag = "soak"},
                         last_);
  }
  void handled(const event::HandlerReport& report) override {
    if (report.outcome == event::Outcome::kCompleted) {
      ended_.answer = call_->result();
    } else if (report.failure != nullptr) {
      ended_.message = report.failure->message;
    }
  }
  void finished(const event::EventSummary& summary) override {
    ended_.outcome = summary.outcome;
    done_(std::move(ended_));
  }

 private:
  event::EventKind kind_;
  bool last_;
  Callback done_;
  std::optional<wit::cron::event::OnCron> call_;
  Ended ended_;
};

/// `test(number, run)` of a component's integration tests.
inline event::PayloadPtr make_case(event::EventKind kind, std::uint32_t number, bool run,
                                   ext::integration_test::CaseCallback done) {
  return event::make_payload<ext::integration_test::CaseEvent>(
      kind, ext::integration_test::CaseKind::kTest, number, run, std::move(done));
}

}  // namespace hermes::soak

// The events of integration-test: list or run one case.
#pragma once

#include "base/clock.hpp"
#include "event/event.hpp"
#include "event/outcome.hpp"
#include "wit/integration_test/event.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::ext::integration_test {

/// Which of the two exports.
enum class CaseKind : std::uint8_t { kTest, kBench };

/// What the module answered.
struct CaseResult {
  /// kCompleted, or how the call failed.
  event::Outcome outcome = event::Outcome::kDropped;
  /// With kCompleted: none when there is no case of that number.
  std::optional<wit::integration_test::event::TestResult> result;
  /// Without: why, and the guest's frames, innermost first.
  event::CallFailure failure;
  /// How long the call took.
  Duration ran{0};
};

/// Called once, on a thread of the queue.
using CaseCallback = std::move_only_function<void(CaseResult)>;

/// `test` or `bench`.
class CaseEvent final : public event::EventPayload {
 public:
  CaseEvent(event::EventKind event_kind, CaseKind kind, std::uint32_t index, bool run,
            CaseCallback done)
      : event_kind_(event_kind), kind_(kind), index_(index), run_(run), done_(std::move(done)) {}
  ~CaseEvent() override = default;

  [[nodiscard]] event::EventKind kind() const override { return event_kind_; }
  [[nodiscard]] std::string_view event_name() const override {
    return kind_ == CaseKind::kTest ? "test" : "bench";
  }
  wasm::ExportCall& prepare(const wasm::ExportFunc& function) override;
  void handled(const event::HandlerReport& report) override;
  void finished(const event::EventSummary& summary) override;

 private:
  event::EventKind event_kind_;
  CaseKind kind_;
  std::uint32_t index_;
  bool run_;
  CaseCallback done_;
  CaseResult result_;
  std::optional<wit::integration_test::event::Test> test_;
  std::optional<wit::integration_test::event::Bench> bench_;
};

}  // namespace hermes::ext::integration_test

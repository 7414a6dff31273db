// The event of cron: an entry is due.
#pragma once

#include "base/object_pool.hpp"
#include "event/event.hpp"
#include "runtime_extensions/cron/schedule.hpp"
#include "wit/cron/event.hpp"

#include <optional>
#include <string_view>

namespace hermes::ext::cron {

class CronState;

/// `on-cron`. Its source is (application, tag). Pooled.
class CronEvent final : public event::EventPayload {
 public:
  explicit CronEvent(ObjectPool<CronEvent>& pool) : pool_(pool) {}
  ~CronEvent() override = default;

  /// Makes it the event of `occurrence`. `state` outlives it.
  void assign(event::EventKind kind, CronState& state, const Occurrence& occurrence);

  /// Until release().
  [[nodiscard]] const Occurrence& occurrence() const { return occurrence_; }

  [[nodiscard]] event::EventKind kind() const override { return kind_; }
  [[nodiscard]] std::string_view event_name() const override { return "on-cron"; }
  [[nodiscard]] bool withdrawn() override;
  wasm::ExportCall& prepare(const wasm::ExportFunc& function) override;
  void handled(const event::HandlerReport& report) override;
  void finished(const event::EventSummary& summary) override;
  void release() noexcept override;

 private:
  ObjectPool<CronEvent>& pool_;
  event::EventKind kind_;
  CronState* state_ = nullptr;
  Occurrence occurrence_;
  bool begun_ = false;
  bool last_ = false;
  // No handler has answered false.
  bool keep_ = true;
  std::optional<wit::cron::event::OnCron> call_;
};

}  // namespace hermes::ext::cron

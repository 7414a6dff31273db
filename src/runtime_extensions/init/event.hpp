// The event of init: the application is being loaded.
#pragma once

#include "event/event.hpp"
#include "wit/init/event.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace hermes::ext::init {

class Initialisation;

/// `init`, for one module.
class InitEvent final : public event::EventPayload {
 public:
  /// `initialisation` is told how it went.
  InitEvent(event::EventKind kind, std::shared_ptr<Initialisation> initialisation)
      : kind_(kind), initialisation_(std::move(initialisation)) {}
  ~InitEvent() override = default;

  [[nodiscard]] event::EventKind kind() const override { return kind_; }
  [[nodiscard]] std::string_view event_name() const override { return "init"; }
  [[nodiscard]] bool withdrawn() override;
  wasm::ExportCall& prepare(const wasm::ExportFunc& function) override;
  void handled(const event::HandlerReport& report) override;
  void finished(const event::EventSummary& summary) override;

 private:
  event::EventKind kind_;
  std::shared_ptr<Initialisation> initialisation_;
  std::optional<wit::init::event::Init> call_;
};

}  // namespace hermes::ext::init

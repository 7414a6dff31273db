// What a run of hermes playground tells, to people or to programs.
#pragma once

#include "app/application.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "cli/console.hpp"
#include "cli/session.hpp"
#include "engine/engine.hpp"
#include "event/event_queue.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace hermes::cli {

/// For people the start and the end are blocks of text between the log lines; for programs they are
/// log lines themselves. Everything goes to standard error.
class PlaygroundReport {
 public:
  /// `human`: as is_human() says. Everything outlives the report.
  PlaygroundReport(const Console& console, Log& log, bool human)
      : console_(console), log_(log), human_(human) {}

  /// What is about to start: the modules with the events that they handle, the extensions, the
  /// bounds.
  void starting(const engine::ApplicationSpecification& specification,
                std::span<const PreparedComponent> components, engine::Engine& engine,
                std::optional<std::uint64_t> timeout_ms);
  /// All modules are initialised. `took`: since the command began.
  void ready(const app::Application& application, Duration took);
  /// The run ends because of `reason`. `again`: a second signal makes a difference.
  void stopping(std::string_view reason, bool again);
  /// The run is over: what was left, and what has happened in all.
  void stopped(std::string_view reason, const event::DrainReport& left,
               const event::OutcomeCounts& calls, Duration ran);

 private:
  void starting_for_people(const engine::ApplicationSpecification& specification,
                           std::span<const PreparedComponent> components, engine::Engine& engine,
                           std::optional<std::uint64_t> timeout_ms);
  void starting_for_programs(const engine::ApplicationSpecification& specification,
                             engine::Engine& engine);

  const Console& console_;
  Log& log_;
  bool human_;
};

}  // namespace hermes::cli

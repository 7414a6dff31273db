// Everything that the page shows, as one JSON document (docs/operations.md).
#pragma once

#include "base/clock.hpp"
#include "engine/admin/call_history.hpp"
#include "engine/admin/health.hpp"
#include "engine/metrics/collector.hpp"
#include "runtime_extensions/cron/extension.hpp"

#include <cstddef>
#include <string>

namespace hermes::engine {

/// So much is in the document at most; with each list is how many there are in all.
struct StateBounds {
  std::size_t applications = 50;
  /// Of each application.
  std::size_t modules = 32;
  /// Of those that run, and of those that come next, of each application; and in all.
  std::size_t lanes_per_application = 16;
  std::size_t lanes = 100;
  std::size_t cron_per_application = 32;
  std::size_t cron = 100;
};

/// What it is made of. Everything outlives it.
struct StateSources {
  const MetricsSources& metrics;
  const ext::cron::CronExtension& cron;
  const Health& health;
  const CallHistory& history;
  /// When the engine was started.
  SteadyTime started_at{};
};

/// The document, as it is now. Takes the locks that metrics take, each for a bounded time whatever
/// applications do. Any thread.
[[nodiscard]] std::string state_json(const StateSources& sources, const StateBounds& bounds = {});

}  // namespace hermes::engine

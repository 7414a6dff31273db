// The list of all runtime extensions.
#pragma once

#include "app/event_catalogue.hpp"
#include "app/extension.hpp"
#include "base/blocking.hpp"
#include "base/executor.hpp"
#include "base/log.hpp"
#include "engine/config.hpp"
#include "event/worker_pool.hpp"
#include "runtime_extensions/cron/extension.hpp"
#include "runtime_extensions/http_gateway/extension.hpp"
#include "runtime_extensions/init/extension.hpp"
#include "runtime_extensions/integration_test/extension.hpp"
#include "runtime_extensions/logging/extension.hpp"

#include <array>
#include <string_view>

namespace hermes::engine {

/// Every runtime extension of the engine. To add one: a member with a slot of its own, and its
/// place in all().
struct Extensions {
  /// `executor`, `blocking` and `log` outlive it. `workers`: those that `executor` is; nullptr when
  /// it is none, and there is no I/O.
  Extensions(const Config& config, Executor& executor, event::WorkerPool* workers,
             BlockingExecutor& blocking, Log& log,
             ext::http_gateway::HttpGatewayExtension::FindApplication find_application,
             ext::init::InitExtension::DoneCallback on_done)
      : logging(app::StateSlot<ext::logging::LoggingState>(0), log, executor, config.logging),
        init(app::StateSlot<ext::init::InitState>(1), events, std::move(on_done)),
        cron(app::StateSlot<ext::cron::CronState>(2), events, executor, blocking, log, config.cron),
        http_gateway(app::StateSlot<ext::http_gateway::GatewayState>(3), events, workers,
                     executor.clock(), log, config.http, std::move(find_application)),
        integration_test(events) {}

  /// In the order in which they are started and attached; the reverse is the order of detaching and
  /// stopping.
  [[nodiscard]] std::array<app::Extension*, 5> all() {
    return {&logging, &init, &cron, &http_gateway, &integration_test};
  }

  /// All events that these deliver.
  app::EventCatalogue events;

  ext::logging::LoggingExtension logging;
  ext::init::InitExtension init;
  ext::cron::CronExtension cron;
  ext::http_gateway::HttpGatewayExtension http_gateway;
  ext::integration_test::IntegrationTestExtension integration_test;
};

}  // namespace hermes::engine

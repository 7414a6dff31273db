// All metrics of an engine.
#pragma once

#include "app/application.hpp"
#include "app/event_catalogue.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "event/event_queue.hpp"
#include "runtime_extensions/http_gateway/extension.hpp"
#include "runtime_extensions/logging/extension.hpp"
#include "wasm/engine.hpp"
#include "wasm/epoch_ticker.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace hermes::engine {

/// Where the figures come from. Everything outlives the collector.
struct MetricsSources {
  /// The applications that there are now, in an order that stays the same.
  std::function<std::vector<std::shared_ptr<app::Application>>()> applications;
  /// nullptr: no ticker runs (yet).
  std::function<const wasm::EpochHeartbeat*()> heartbeat;
  const event::EventQueue& queue;
  const app::EventCatalogue& events;
  const ext::logging::LoggingExtension& logging;
  const ext::http_gateway::HttpGatewayExtension& http;
  const Log& log;
  const wasm::Engine& wasm;
  const Clock& clock;
  std::size_t workers = 0;
  /// Of the program, for hermes_build_info.
  std::string version;
};

/// Puts the metrics together when it is asked. Nothing is kept between two collections: what
/// events add to while they run are sharded counters (app::EventCounters), the rest is looked up
/// where it is. Any thread. While it collects it may be the last that holds an application which
/// was stopped meanwhile.
///
/// Counters of one collection agree with each other only where nothing happens meanwhile.
class MetricsCollector final : public prometheus::Collectable {
 public:
  explicit MetricsCollector(MetricsSources sources) : sources_(std::move(sources)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
    return collect({});
  }
  /// The same as text, and the connections of whoever serves it.
  [[nodiscard]] std::string text(const std::vector<http::ListenerStats>& admin = {}) const;

 private:
  using Families = std::vector<prometheus::MetricFamily>;
  [[nodiscard]] Families collect(const std::vector<http::ListenerStats>& admin) const;
  void add_process(Families& families) const;
  void add_queue(Families& families) const;
  void add_pool(Families& families) const;
  void add_epoch(Families& families) const;
  void add_applications(Families& families, const std::vector<http::ListenerStats>& admin) const;

  MetricsSources sources_;
};

}  // namespace hermes::engine

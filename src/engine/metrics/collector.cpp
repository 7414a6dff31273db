#include "engine/metrics/collector.hpp"

#include "engine/metrics/application_families.hpp"
#include "engine/metrics/family.hpp"
#include "engine/metrics/http_families.hpp"
#include "engine/metrics/process_memory.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

namespace hermes::engine {
namespace {

Labels resource(std::string_view name) { return {{"resource", std::string(name)}}; }

/// A family with one series, without labels.
template <class Number>
void add_one(std::vector<prometheus::MetricFamily>& families, Family family, Number value) {
  family.add({}, value);
  families.push_back(family.take());
}

}  // namespace

std::vector<prometheus::MetricFamily> MetricsCollector::collect(
    const std::vector<http::ListenerStats>& admin) const {
  Families families;
  add_process(families);
  add_queue(families);
  add_pool(families);
  add_epoch(families);
  add_applications(families, admin);
  return families;
}

std::string MetricsCollector::text(const std::vector<http::ListenerStats>& admin) const {
  return exposition_text(collect(admin));
}

void MetricsCollector::add_process(Families& families) const {
  Family build = Family::gauge("hermes_build_info", "Always 1; the label says which version runs.");
  build.add({{"version", sources_.version}}, 1);
  families.push_back(build.take());
  if (const auto bytes = resident_bytes()) {
    add_one(families,
            Family::gauge("hermes_process_resident_memory_bytes",
                          "Memory of the process that is resident, compiled code included."),
            *bytes);
  }
  add_one(families, Family::gauge("hermes_workers", "Threads that run components."),
          sources_.workers);
  add_one(families,
          Family::counter("hermes_log_lines_dropped_total",
                          "Lines of the engine's log that were lost because nobody read them in "
                          "time, those of guests included."),
          sources_.log.dropped());
}

void MetricsCollector::add_queue(Families& families) const {
  const event::QueueStats stats = sources_.queue.stats();
  add_one(families,
          Family::gauge("hermes_engine_events", "Events in the queue, of all applications."),
          stats.events);
  add_one(families,
          Family::gauge("hermes_engine_events_limit", "Events that the queue takes in all."),
          stats.max_events);
  add_one(families,
          Family::gauge("hermes_engine_permits_in_use",
                        "Events that run; each holds a permit of the engine."),
          stats.running);
  add_one(families,
          Family::gauge("hermes_engine_permits", "Events that may run at once in the engine."),
          stats.max_running);
}

void MetricsCollector::add_pool(Families& families) const {
  const std::optional<wasm::PoolUsage> pool = sources_.wasm.pool_usage();
  if (!pool) return;
  Family used = Family::gauge("hermes_pool_in_use", "Slots of the pool of instances in use.");
  used.add(resource("component_instance"), pool->component_instances);
  used.add(resource("core_instance"), pool->core_instances);
  used.add(resource("memory"), pool->memories);
  used.add(resource("table"), pool->tables);
  used.add(resource("stack"), pool->stacks);
  families.push_back(used.take());

  Family slots = Family::gauge("hermes_pool_slots", "Slots that the pool of instances has.");
  slots.add(resource("component_instance"), pool->max_component_instances);
  slots.add(resource("core_instance"), pool->max_core_instances);
  slots.add(resource("memory"), pool->max_memories);
  slots.add(resource("table"), pool->max_tables);
  slots.add(resource("stack"), pool->max_stacks);
  families.push_back(slots.take());

  Family warm = Family::gauge("hermes_pool_unused_warm_slots",
                              "Free slots that were used before, and are faster to use again.");
  warm.add(resource("memory"), pool->unused_warm_memories);
  warm.add(resource("table"), pool->unused_warm_tables);
  warm.add(resource("stack"), pool->unused_warm_stacks);
  families.push_back(warm.take());

  Family resident = Family::gauge("hermes_pool_unused_resident_bytes",
                                  "Memory that free slots of the pool keep for their next user.");
  resident.add(resource("memory"), pool->unused_memory_bytes_resident);
  resident.add(resource("table"), pool->unused_table_bytes_resident);
  families.push_back(resident.take());
}

void MetricsCollector::add_epoch(Families& families) const {
  const wasm::EpochHeartbeat* heartbeat = sources_.heartbeat();
  if (heartbeat == nullptr) return;
  add_one(families,
          Family::counter("hermes_epoch_ticks_total",
                          "Ticks that make busy guests yield and deadlines be looked at."),
          heartbeat->count());
  const std::chrono::duration<double> age = sources_.clock.steady() - heartbeat->last();
  add_one(families,
          Family::gauge("hermes_epoch_tick_age_seconds",
                        "Since the last tick. Far above a few milliseconds the ticker is starved."),
          std::max(0.0, age.count()));
}

void MetricsCollector::add_applications(Families& families,
                                        const std::vector<http::ListenerStats>& admin) const {
  ApplicationFamilies of_applications(sources_.events, sources_.logging);
  HttpFamilies of_http;
  std::size_t count = 0;
  for (const auto& application : sources_.applications()) {
    // What is being put together on another thread is not looked at.
    if (application->phase() == app::Phase::kLoading) continue;
    of_applications.add(*application);
    if (const auto counts = sources_.http.requests(*application)) {
      of_http.add_requests(application->name(), *counts);
    }
    if (const auto counts = sources_.http.outgoing(*application)) {
      of_http.add_outgoing(application->name(), *counts);
    }
    ++count;
  }
  add_one(families, Family::gauge("hermes_applications", "Applications that are loaded."), count);
  of_applications.take(families);
  if (const auto counts = sources_.http.unclaimed_requests()) of_http.add_requests("", *counts);
  of_http.add_listeners("gateway", sources_.http.listeners());
  if (const auto* counters = sources_.http.counters()) of_http.add_paced(*counters);
  of_http.add_listeners("admin", admin);
  of_http.take(families);
  if (const auto running = sources_.http.outgoing_running()) {
    add_one(families,
            Family::gauge("hermes_http_outgoing_running",
                          "Requests that are under way to other servers."),
            *running);
  }
}

}  // namespace hermes::engine

#include "engine/admin/state.hpp"

#include "engine/admin/application_state.hpp"
#include "engine/admin/json.hpp"
#include "engine/metrics/process_memory.hpp"

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace hermes::engine {
namespace {

namespace json = boost::json;

json::object health(const Health& health) {
  const HealthReport live = health.live();
  const HealthReport ready = health.ready();
  json::array problems;
  for (const HealthReport* report : {&live, &ready}) {
    for (const std::string& problem : report->problems) {
      if (problems.size() < HealthReport::kMostShown) problems.push_back(text(problem));
    }
  }
  return {{"live", live.good()}, {"ready", ready.good()}, {"problems", std::move(problems)}};
}

json::object engine(const MetricsSources& sources) {
  const event::QueueStats queue = sources.queue.stats();
  json::object result{{"workers", sources.workers},
                      {"memory_bytes", nullptr},
                      {"events", queue.events},
                      {"events_limit", queue.max_events},
                      {"running", queue.running},
                      {"running_limit", queue.max_running},
                      {"lanes", queue.lanes},
                      {"epoch_tick_age_s", nullptr},
                      {"pool", nullptr},
                      {"log_lines_dropped", sources.log.dropped()}};
  if (const auto bytes = resident_bytes()) result["memory_bytes"] = *bytes;
  if (const wasm::EpochHeartbeat* heartbeat = sources.heartbeat()) {
    result["epoch_tick_age_s"] =
        seconds(std::max(sources.clock.steady() - heartbeat->last(), Duration::zero()));
  }
  if (const auto pool = sources.wasm.pool_usage()) {
    result["pool"] = json::object{{"in_use", pool->component_instances},
                                  {"slots", pool->max_component_instances},
                                  {"warm", pool->unused_warm_memories}};
  }
  return result;
}

json::object history(const CallHistory& history) {
  json::array completed;
  json::array failed;
  for (const CallHistory::Second& second : history.seconds()) {
    completed.emplace_back(second.completed);
    failed.emplace_back(second.failed);
  }
  return {{"interval_s", 1}, {"completed", std::move(completed)}, {"failed", std::move(failed)}};
}

json::object http(const MetricsSources& sources) {
  json::object result;
  json::array listeners;
  for (const http::ListenerStats& each : sources.http.listeners()) {
    listeners.push_back(json::object{{"address", text(http::to_text(each.address))},
                                     {"open", each.open},
                                     {"accepted", each.accepted},
                                     {"refused", each.refused},
                                     {"timed_out", each.timed_out},
                                     {"received_bytes", each.received},
                                     {"sent_bytes", each.sent}});
  }
  result["listeners"] = std::move(listeners);
  const auto unclaimed = sources.http.unclaimed_requests();
  result["unclaimed"] = unclaimed ? json::value(requests(*unclaimed)) : json::value();
  return result;
}

json::array problems(const Log& log) {
  json::array result;
  for (const RecentProblem& each : log.recent_problems().all()) {
    json::object problem{{"sequence", each.sequence},
                         {"time", time_text(each.at)},
                         {"first_time", time_text(each.first_at)},
                         {"count", each.count},
                         {"level", text(to_string(each.level))},
                         {"application", text(each.application)},
                         {"module", text(each.module)},
                         {"event", text(each.event)},
                         {"counter", nullptr},
                         {"message", text(each.message)}};
    if (each.counter) problem["counter"] = *each.counter;
    json::array fields;
    for (const auto& [key, value] : each.fields) {
      fields.push_back(json::array{text(key), text(value)});
    }
    problem["fields"] = std::move(fields);
    json::array backtrace;
    for (const std::string& frame : each.backtrace) backtrace.push_back(text(frame));
    problem["backtrace"] = std::move(backtrace);
    result.push_back(std::move(problem));
  }
  return result;
}

/// A list of which some is shown.
json::object shown(std::size_t total, json::array some) {
  return {{"total", total}, {"shown", std::move(some)}};
}

}  // namespace

std::string state_json(const StateSources& sources, const StateBounds& bounds) {
  const MetricsSources& from = sources.metrics;
  std::vector<std::shared_ptr<app::Application>> applications = from.applications();
  const std::size_t total = applications.size();
  // What is not as it should be comes first.
  std::ranges::stable_partition(applications, [](const auto& application) {
    return application->phase() != app::Phase::kReady;
  });
  applications.resize(std::min(total, bounds.applications));

  json::array described;
  LaneRows lanes;
  CronRows entries;
  for (const auto& application : applications) {
    described.push_back(describe(*application, from, bounds.modules));
    // What is being put together on another thread is not looked at.
    if (application->phase() == app::Phase::kLoading) continue;
    lanes.add(*application, from.events, bounds.lanes_per_application);
    entries.add(*application, sources.cron, bounds.cron_per_application);
  }

  const json::object document{{"version", text(from.version)},
                              {"time", time_text(from.clock.wall())},
                              {"uptime_s", seconds(from.clock.steady() - sources.started_at)},
                              {"health", health(sources.health)},
                              {"engine", engine(from)},
                              {"bucket_bounds_s", bucket_bounds()},
                              {"history", history(sources.history)},
                              {"applications", shown(total, std::move(described))},
                              {"lanes", shown(from.queue.stats().lanes, lanes.take(bounds.lanes))},
                              {"cron", shown(entries.total(), entries.take(bounds.cron))},
                              {"http", http(from)},
                              {"problems", problems(from.log)}};
  return json::serialize(document);
}

}  // namespace hermes::engine

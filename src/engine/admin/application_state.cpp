#include "engine/admin/application_state.hpp"

#include "app/module.hpp"
#include "engine/admin/json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <tuple>
#include <utility>

namespace hermes::engine {
namespace {

namespace json = boost::json;

json::object outcomes(const event::OutcomeCounts& counts) {
  json::object result;
  for (std::size_t index = 0; index < event::kOutcomeCount; ++index) {
    const auto outcome = static_cast<event::Outcome>(index);
    result.emplace(event::to_string(outcome), counts[outcome]);
  }
  return result;
}

void add(DurationHistogram& to, const DurationHistogram& more) {
  for (std::size_t i = 0; i < kDurationBuckets; ++i) to.counts[i] += more.counts[i];
  to.sum_ns += more.sum_ns;
}

json::array modules(const app::Application& application, const app::EventCatalogue& events,
                    std::size_t most) {
  json::array result;
  for (const auto& module : application.modules()) {
    if (result.size() == most) break;
    json::array handled;
    for (const app::EventType& event : events.events()) {
      if (module->handles(event.kind)) handled.push_back(text(event.name));
    }
    result.push_back(json::object{{"name", text(module->name())},
                                  {"id", text(module->id().short_text())},
                                  {"events", std::move(handled)},
                                  {"calls", module->executions()}});
  }
  return result;
}

json::object queue(const app::Application& application) {
  const event::ApplicationStats stats = application.queue().stats();
  const event::ApplicationLimits& limits = application.bounds().queue;
  return {{"accepted", stats.accepted},
          {"refused", stats.refused},
          {"waiting", stats.events - stats.running},
          {"running", stats.running},
          {"preempted", stats.preempted},
          {"limit", limits.max_events},
          {"running_limit", limits.max_running},
          {"lanes", stats.lanes},
          {"outcomes", outcomes(stats.outcomes)}};
}

}  // namespace

json::object describe(app::Application& application, const MetricsSources& sources,
                      std::size_t most_modules) {
  const app::Phase phase = application.phase();
  json::object result{{"name", text(application.name())},
                      {"phase", text(app::to_string(phase))},
                      {"modules", nullptr},
                      {"queue", nullptr},
                      {"events", json::array()},
                      {"waited", nullptr},
                      {"ran", nullptr},
                      {"http", nullptr}};
  // What is being put together on another thread is not looked at.
  if (phase == app::Phase::kLoading) return result;
  result["modules"] = json::object{{"total", application.modules().size()},
                                   {"shown", modules(application, sources.events, most_modules)}};
  result["queue"] = queue(application);

  const app::EventCounters& counters = application.event_counters();
  const app::EventCounters::Snapshot counts = counters.snapshot();
  DurationHistogram waited;
  DurationHistogram ran;
  json::array events;
  for (const app::EventType& event : sources.events.events()) {
    if (!counters.has(event.kind)) continue;
    const app::EventCounts of_event = counts.events(event.kind);
    add(waited, of_event.waited);
    std::uint64_t refused = 0;
    for (std::size_t reason = 0; reason < event::kRefusalReasonCount; ++reason) {
      refused += counts.refused(event.kind, static_cast<event::RefusalReason>(reason));
    }
    events.push_back(json::object{{"name", text(event.name)},
                                  {"outcomes", outcomes(of_event.outcomes)},
                                  {"refused", refused}});
    for (const auto& module : application.modules()) {
      if (counters.has(module->index(), event.kind)) {
        add(ran, counts.calls(module->index(), event.kind).ran);
      }
    }
  }
  result["events"] = std::move(events);
  result["waited"] = histogram(waited);
  result["ran"] = histogram(ran);
  if (const auto http = sources.http.requests(application)) result["http"] = requests(*http);
  return result;
}

void LaneRows::add(const app::Application& application, const app::EventCatalogue& events,
                   std::size_t most) {
  for (event::LaneStats& lane : application.queue().lanes(most)) {
    rows_.push_back({.application = application.name(),
                     .event = std::string(events.event(lane.kind).name),
                     .lane = lane,
                     .number = rows_.size()});
  }
}

json::array LaneRows::take(std::size_t most) {
  std::ranges::sort(rows_, std::greater{}, [](const Row& row) {
    return std::tuple(row.lane.waiting, row.lane.oldest, row.number);
  });
  rows_.resize(std::min(rows_.size(), most));
  json::array result;
  for (const Row& row : rows_) {
    json::object shown{{"application", text(row.application)},
                       {"event", text(row.event)},
                       {"source", nullptr},
                       {"running", row.lane.running},
                       {"waiting", row.lane.waiting},
                       {"oldest_s", seconds(row.lane.oldest)}};
    if (row.lane.source) shown["source"] = text(fmt::format("{:016x}", *row.lane.source));
    result.push_back(std::move(shown));
  }
  return result;
}

void CronRows::add(app::Application& application, const ext::cron::CronExtension& cron,
                   std::size_t most) {
  ext::cron::DurableSchedule::Upcoming upcoming = cron.upcoming(application, most);
  total_ += upcoming.total;
  for (ext::cron::Schedule::Row& entry : upcoming.rows) {
    rows_.push_back(
        {.application = application.name(), .entry = std::move(entry), .number = rows_.size()});
  }
}

json::array CronRows::take(std::size_t most) {
  std::ranges::sort(rows_, {},
                    [](const Row& row) { return std::tuple(row.entry.due, row.number); });
  rows_.resize(std::min(rows_.size(), most));
  json::array result;
  for (const Row& row : rows_) {
    const ext::cron::EntryName& name = *row.entry.listed.name;
    result.push_back(
        json::object{{"application", text(row.application)},
                     {"when", text(name.when)},
                     {"tag", text(name.tag)},
                     {"again", row.entry.listed.retrigger == ext::cron::Retrigger::kYes},
                     {"next", time_text(row.entry.due)}});
  }
  return result;
}

}  // namespace hermes::engine

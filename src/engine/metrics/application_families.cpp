#include "engine/metrics/application_families.hpp"

#include "app/module.hpp"

#include <array>
#include <string>

namespace hermes::engine {
namespace {

using event::Outcome;
using event::RefusalReason;

constexpr std::array kQueueFull = {RefusalReason::kLaneFull, RefusalReason::kApplicationFull,
                                   RefusalReason::kEngineFull, RefusalReason::kStopping};

Labels with(Labels labels, std::string_view name, std::string_view value) {
  labels.push_back({std::string(name), std::string(value)});
  return labels;
}

void add_outcomes(Family& family, const Labels& labels, const event::OutcomeCounts& outcomes) {
  for (std::size_t index = 0; index < event::kOutcomeCount; ++index) {
    const auto outcome = static_cast<Outcome>(index);
    family.add(with(labels, "outcome", event::to_string(outcome)), outcomes[outcome]);
  }
}

}  // namespace

void ApplicationFamilies::add(const app::Application& application) {
  const Labels labels = with({}, "application", application.name());
  add_queue(application, labels);
  const app::EventCounters& counters = application.event_counters();
  const app::EventCounters::Snapshot counts = counters.snapshot();
  for (const app::EventType& event : events_.events()) {
    add_events(counts, counters, event, labels);
    for (const auto& module : application.modules()) {
      if (counters.has(module->index(), event.kind)) add_calls(counts, *module, event, labels);
    }
  }
  add_output(application, labels);
}

void ApplicationFamilies::add_queue(const app::Application& application, const Labels& labels) {
  const event::ApplicationStats stats = application.queue().stats();
  const event::ApplicationLimits& bounds = application.bounds().queue;
  accepted_.add(labels, stats.accepted);
  waiting_.add(labels, stats.events - stats.running);
  running_.add(labels, stats.running);
  preempted_.add(labels, stats.preempted);
  max_running_.add(labels, bounds.max_running);
  max_events_.add(labels, bounds.max_events);
  lanes_.add(labels, stats.lanes);
  producers_.add(labels, stats.waiting_producers);
}

void ApplicationFamilies::add_events(const app::EventCounters::Snapshot& counts,
                                     const app::EventCounters& counters,
                                     const app::EventType& event, const Labels& application) {
  const Labels labels = with(application, "event", event.name);
  const auto add_refused = [&](RefusalReason reason) {
    refused_.add(with(labels, "reason", event::to_string(reason)),
                 counts.refused(event.kind, reason));
  };
  if (!counters.has(event.kind)) return add_refused(RefusalReason::kNoHandler);
  for (const RefusalReason reason : kQueueFull) add_refused(reason);
  const app::EventCounts events = counts.events(event.kind);
  add_outcomes(finished_, labels, events.outcomes);
  waited_.add(labels, events.waited);
}

void ApplicationFamilies::add_calls(const app::EventCounters::Snapshot& counts,
                                    const app::Module& module, const app::EventType& event,
                                    const Labels& application) {
  const Labels labels = with(with(application, "module", module.name()), "event", event.name);
  const app::CallCounts calls = counts.calls(module.index(), event.kind);
  add_outcomes(calls_, labels, calls.outcomes);
  ran_.add(labels, calls.ran);
}

void ApplicationFamilies::add_output(const app::Application& application, const Labels& labels) {
  const ext::logging::LineCounts counts = log_.counts(application);
  lines_.add(labels, counts.written);
  dropped_lines_.add(with(labels, "limit", "lines"), counts.over_lines);
  dropped_lines_.add(with(labels, "limit", "bytes"), counts.over_bytes);
}

void ApplicationFamilies::take(std::vector<prometheus::MetricFamily>& to) {
  for (Family* family :
       {&accepted_, &refused_, &finished_, &waited_, &calls_, &ran_, &waiting_, &running_,
        &preempted_, &max_running_, &max_events_, &lanes_, &producers_, &lines_, &dropped_lines_}) {
    to.push_back(family->take());
  }
}

}  // namespace hermes::engine

// The metrics that each application has.
#pragma once

#include "app/application.hpp"
#include "app/event_catalogue.hpp"
#include "engine/metrics/family.hpp"
#include "runtime_extensions/logging/extension.hpp"

#include <vector>

namespace hermes::engine {

/// Collects the figures of applications, one after the other, into families that they share. For
/// one collection. Labels are the names of applications, modules and events: known since load.
class ApplicationFamilies {
 public:
  /// Both outlive it.
  ApplicationFamilies(const app::EventCatalogue& events, const ext::logging::LoggingExtension& log)
      : events_(events), log_(log) {}

  /// `application` is past app::Phase::kLoading.
  void add(const app::Application& application);

  /// Moves the families to the end of `to`.
  void take(std::vector<prometheus::MetricFamily>& to);

 private:
  void add_queue(const app::Application& application, const Labels& labels);
  void add_events(const app::EventCounters::Snapshot& counts, const app::EventCounters& counters,
                  const app::EventType& event, const Labels& application);
  void add_calls(const app::EventCounters::Snapshot& counts, const app::Module& module,
                 const app::EventType& event, const Labels& application);
  void add_output(const app::Application& application, const Labels& labels);

  const app::EventCatalogue& events_;
  const ext::logging::LoggingExtension& log_;

  Family accepted_ = Family::counter("hermes_events_accepted_total",
                                     "Events that the queue of the application has taken.");
  Family refused_ = Family::counter("hermes_events_refused_total",
                                    "Events that the queue has not taken, by reason.");
  Family finished_ =
      Family::counter("hermes_events_finished_total", "Accepted events that are over, by outcome.");
  Family waited_ = Family::histogram(
      "hermes_event_wait_seconds",
      "From the push of an event until it started or was given up; of events that are over.");
  Family calls_ = Family::counter("hermes_calls_total",
                                  "Calls of modules for events that have ended, by outcome.");
  Family ran_ = Family::histogram("hermes_call_run_seconds",
                                  "From the start of a call to its end, suspensions included.");
  Family waiting_ =
      Family::gauge("hermes_events_waiting", "Accepted events that have not started.");
  Family running_ = Family::gauge("hermes_events_running",
                                  "Events that run; each holds a permit of its application.");
  Family preempted_ = Family::gauge("hermes_events_preempted",
                                    "Running events that wait for their next time slice.");
  Family max_running_ = Family::gauge("hermes_events_running_limit",
                                      "Permits of the application: events that may run at once.");
  Family max_events_ = Family::gauge("hermes_events_limit",
                                     "Events that may wait and run together in the application.");
  Family lanes_ = Family::gauge("hermes_lanes", "Sources that have events.");
  Family producers_ =
      Family::gauge("hermes_producers_waiting", "Producers that wait for room in the queue.");
  Family lines_ = Family::counter("hermes_guest_log_lines_total",
                                  "Lines of the application's guests, written.");
  Family dropped_lines_ = Family::counter(
      "hermes_guest_log_lines_dropped_total",
      "Lines of the application's guests that were dropped, by the limit that they exceeded.");
};

}  // namespace hermes::engine

#include "engine/event_log.hpp"

#include "app/application.hpp"
#include "app/module.hpp"
#include "base/units.hpp"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace hermes::engine {

namespace {

std::string describe(const event::HandlerReport& report) {
  std::string text;
  switch (report.outcome) {
    case event::Outcome::kCompleted:
      return text;
    case event::Outcome::kTrapped:
      text = "the call trapped";
      break;
    case event::Outcome::kDeadline:
      text =
          fmt::format("the call was stopped after {}, its deadline", format_duration(report.ran));
      break;
    case event::Outcome::kLimit:
      text = "the call needed more than it may have";
      break;
    case event::Outcome::kRefused:
      text = "the call was stopped: whoever asked for it is gone";
      break;
    case event::Outcome::kDropped:
      text = "the call had not ended when its application was stopped";
      break;
  }
  // A call that was stopped has nothing to say about it.
  const bool stopped = report.outcome == event::Outcome::kDeadline ||
                       report.outcome == event::Outcome::kRefused ||
                       report.outcome == event::Outcome::kDropped;
  if (report.failure == nullptr || stopped) return text;
  // One line per cause there, one line in all here.
  std::string_view causes = report.failure->message;
  while (!causes.empty()) {
    const std::size_t end = causes.find('\n');
    text += ": ";
    text += causes.substr(0, end);
    causes.remove_prefix(end == std::string_view::npos ? causes.size() : end + 1);
  }
  return text;
}

}  // namespace

event::OutcomeCounts EventLog::calls() const {
  event::OutcomeCounts counts;
  for (std::size_t index = 0; index < counts.count.size(); ++index) {
    counts.count[index] = counters_.read(index);
  }
  return counts;
}

void EventLog::on_handled(const event::EventTarget& target, const event::EventPayload& payload,
                          const event::HandlerReport& report) {
  counters_.add(static_cast<std::size_t>(report.outcome));
  app::application_of(target).event_counters().handled(app::module_of(report.handler).index(),
                                                       payload.kind(), report.outcome, report.ran);
  if (report.outcome != event::Outcome::kCompleted) log_failure(target, payload, report);
}

LogLevel EventLog::level_of(const event::EventPayload& payload) const {
  const bool answered = events_.event(payload.kind()).failed_calls == app::FailedCalls::kAnswered;
  return answered ? LogLevel::kDebug : LogLevel::kError;
}

void EventLog::log_failure(const event::EventTarget& target, const event::EventPayload& payload,
                           const event::HandlerReport& report) {
  // That a producer goes away is no fault of anybody here.
  const bool withdrawn = report.outcome == event::Outcome::kRefused;
  const LogLevel level = withdrawn ? LogLevel::kDebug : level_of(payload);
  if (!log_.enabled(level)) return;
  const std::string message = describe(report);
  LogEntry entry{.level = level,
                 .message = message,
                 .scope = {.application = target.application_name(),
                           .module = report.handler.module_name(),
                           .event = payload.event_name(),
                           .counter = report.execution}};
  if (report.failure != nullptr) entry.backtrace = report.failure->backtrace;
  log_.write(entry);
}

void EventLog::on_finished(const event::EventTarget& target, const event::EventPayload& payload,
                           const event::EventSummary& summary) {
  app::application_of(target).event_counters().finished(payload.kind(), summary.outcome,
                                                        summary.waited);
  if (summary.outcome == event::Outcome::kDeadline && summary.handlers == 0) {
    log_expired(target, payload, summary);
  }
}

void EventLog::log_expired(const event::EventTarget& target, const event::EventPayload& payload,
                           const event::EventSummary& summary) {
  const LogLevel level = level_of(payload);
  if (!log_.enabled(level)) return;
  const std::string message = fmt::format("not run: after {} it had waited longer than it may",
                                          format_duration(summary.waited));
  log_.write({.level = level,
              .message = message,
              .scope = {.application = target.application_name(),
                        .module = {},
                        .event = payload.event_name(),
                        .counter = {}}});
}

void EventLog::on_refused(const event::EventTarget& target, const event::EventPayload& payload,
                          const event::Refusal& refusal) {
  // Its producer is told, and tells whoever can act on it.
  counters_.add(kRefused);
  app::application_of(target).event_counters().refused(payload.kind(), refusal.reason);
}

}  // namespace hermes::engine

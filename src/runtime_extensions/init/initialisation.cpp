#include "runtime_extensions/init/initialisation.hpp"

#include "app/application.hpp"
#include "base/units.hpp"
#include "event/handler.hpp"
#include "event/push.hpp"
#include "runtime_extensions/init/event.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace hermes::ext::init {

namespace {

// What whoever runs the application can do about it.
std::string advice(const event::HandlerReport& report) {
  switch (report.outcome) {
    case event::Outcome::kTrapped: {
      std::string text =
          "\n  Correct the init of this module, or run the application without the module";
      if (report.failure != nullptr && !report.failure->backtrace.empty()) {
        text += "; the first frame is where it stopped";
      }
      return text + ".";
    }
    case event::Outcome::kDeadline:
      return "\n  Let it end sooner, or give calls more time (--deadline-ms).";
    case event::Outcome::kLimit:
      return "\n  Let it need less, or give calls more memory (--max-memory-mb).";
    case event::Outcome::kCompleted:
    case event::Outcome::kRefused:
    case event::Outcome::kDropped:
      break;
  }
  return {};
}

}  // namespace

Error describe_failure(const event::HandlerReport& report) {
  std::string message = fmt::format("module {}: ", report.handler.module_name());
  ErrorCode code = ErrorCode::kTrap;
  switch (report.outcome) {
    case event::Outcome::kCompleted:
      code = ErrorCode::kCancelled;
      message +=
          "its init answered false: the module says that it is not ready; its log lines tell why";
      return {code, std::move(message)};
    case event::Outcome::kTrapped:
      message += "its init trapped";
      break;
    case event::Outcome::kDeadline:
      code = ErrorCode::kDeadline;
      message +=
          fmt::format("its init was stopped after {}, its deadline", format_duration(report.ran));
      break;
    case event::Outcome::kLimit:
      code = ErrorCode::kLimit;
      message += "its init needed more than a call may have";
      break;
    case event::Outcome::kRefused:
    case event::Outcome::kDropped:
      code = ErrorCode::kCancelled;
      message += "its init was stopped";
      break;
  }
  // A call that was stopped has nothing to say about it.
  if (report.failure != nullptr && code != ErrorCode::kDeadline) {
    if (!report.failure->message.empty()) message += ": " + report.failure->message;
    for (const std::string& frame : report.failure->backtrace) message += "\n    at " + frame;
  }
  message += advice(report);
  return {code, std::move(message)};
}

void Initialisation::run(app::Application& application, event::EventKind kind, InitCallback done) {
  const auto initialisation = std::make_shared<Initialisation>(std::move(done));
  const event::SourceKey source = application.source(kind, {});
  for (const auto& module : application.modules()) {
    if (!module->handles(kind)) continue;
    initialisation->expect(1);
    event::PushRequest request{.payload = event::make_payload<InitEvent>(kind, initialisation),
                               .source = source,
                               .only = module.get(),
                               .delivery = event::Delivery::kLifecycle};
    if (const event::PushResult pushed = application.queue().push(request); !pushed) {
      initialisation->fail(pushed.error().to_error().with_context("module " + module->name()));
      initialisation->event_over(event::Outcome::kRefused);
      break;
    }
  }
  initialisation->event_over(event::Outcome::kCompleted);
}

void Initialisation::expect(std::size_t events) {
  const std::lock_guard lock(mutex_);
  outstanding_ += events;
}

bool Initialisation::failed() {
  const std::lock_guard lock(mutex_);
  return error_.has_value();
}

void Initialisation::fail(Error error) {
  const std::lock_guard lock(mutex_);
  if (!error_) error_ = std::move(error);
}

void Initialisation::event_over(event::Outcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    if (outcome != event::Outcome::kCompleted && !error_) {
      error_ = Error{ErrorCode::kCancelled,
                     fmt::format("init was not run: {}", event::to_string(outcome))};
    }
    if (--outstanding_ > 0) return;
  }
  // The last one: nobody else touches what is left.
  if (error_) {
    done_(std::unexpected(std::move(*error_)));
  } else {
    done_({});
  }
}

}  // namespace hermes::ext::init

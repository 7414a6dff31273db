#include "runtime_extensions/cron/state.hpp"

#include "base/text.hpp"
#include "runtime_extensions/cron/event.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

namespace hermes::ext::cron {

CronState::CronState(app::Application& application, const Shared& shared, const Config& config)
    : application_(application),
      shared_(shared),
      schedule_(config.schedule),
      complaints_(config.complaints_per_second, 2 * config.complaints_per_second) {}

bool CronState::add(std::string_view when, std::string_view tag, Retrigger retrigger,
                    const LogScope& scope) {
  const std::lock_guard lock(mutex_);
  if (const auto added = schedule_.add(when, tag, retrigger, now()); !added) {
    complain("add", added.error(), scope);
    return false;
  }
  arm();
  return true;
}

bool CronState::delay(std::uint64_t nanoseconds, std::string_view tag, const LogScope& scope) {
  const std::lock_guard lock(mutex_);
  if (const auto added = schedule_.delay(nanoseconds, tag, now()); !added) {
    complain("delay", added.error(), scope);
    return false;
  }
  arm();
  return true;
}

bool CronState::rm(std::string_view when, std::string_view tag) {
  const std::lock_guard lock(mutex_);
  // The timer may come for nothing then, which does no harm.
  return schedule_.rm(when, tag);
}

std::vector<Listed> CronState::ls(std::optional<std::string_view> tag) {
  const std::lock_guard lock(mutex_);
  return schedule_.ls(tag, now());
}

std::optional<bool> CronState::begin(EntryId entry) {
  const std::lock_guard lock(mutex_);
  return schedule_.begin(entry);
}

void CronState::finished(EntryId entry, bool keep) {
  const std::lock_guard lock(mutex_);
  schedule_.finished(entry, keep);
}

void CronState::abandon(EntryId entry) {
  const std::lock_guard lock(mutex_);
  schedule_.abandon(entry);
}

void CronState::stop() {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  if (cancel()) --outstanding_;
  settled_.wait(lock, [this] { return outstanding_ == 0 && !pumping_; });
}

void CronState::arm() {
  if (stopped_ || pumping_) return;
  const std::optional<SteadyTime> wake = schedule_.next_wake(now());
  if (!wake || (armed_for_ && *armed_for_ <= *wake)) return;
  if (cancel()) --outstanding_;
  armed_for_ = *wake;
  ++outstanding_;
  shared_.executor.schedule(*this, *wake);
}

void CronState::on_time(Executor&) {
  {
    const std::lock_guard lock(mutex_);
    --outstanding_;
    armed_for_.reset();
    if (stopped_ || pumping_) {
      settled_.notify_all();
      return;
    }
    pumping_ = true;
    due_.clear();
    schedule_.take_due(now(), due_);
  }
  for (const Missed& missed : due_.missed) report(missed);
  for (const Occurrence& occurrence : due_.occurrences) push(occurrence);

  const std::lock_guard lock(mutex_);
  pumping_ = false;
  arm();
  // Under the lock: whoever waits in stop() may destroy this object as soon as it gets the lock.
  settled_.notify_all();
}

void CronState::push(const Occurrence& occurrence) {
  std::unique_ptr<CronEvent> event = shared_.events.take(shared_.events);
  event->assign(shared_.kind, *this, occurrence);
  event::PushRequest request{.payload = event::PayloadPtr(event.release()),
                             .source = application_.source(shared_.kind, occurrence.name->tag)};
  const event::PushResult pushed = application_.queue().push(request);
  if (pushed) return;
  abandon(occurrence.entry);
  if (pushed.error().reason == event::RefusalReason::kStopping) return;
  const std::lock_guard lock(mutex_);
  if (!complaints_.allow(now().steady)) return;
  const std::array fields = {LogField{"when", occurrence.name->when},
                             LogField{"tag", occurrence.name->tag}};
  shared_.log.write({.level = LogLevel::kWarn,
                     .message = "a cron event was not delivered: " + pushed.error().message(),
                     .scope = application_.log_scope(),
                     .fields = fields});
}

void CronState::report(const Missed& missed) {
  const std::string_view why =
      missed.reason == Missed::Reason::kLate
          ? "their time has passed: the clock was set forward, or the machine slept"
          : "too many of this entry are still waiting or being handled";
  const std::array fields = {LogField{"when", missed.name->when}, LogField{"tag", missed.name->tag},
                             LogField{"count", missed.count}};
  shared_.log.write({.level = LogLevel::kWarn,
                     .message = fmt::format("cron events were left out: {}", why),
                     .scope = application_.log_scope(),
                     .fields = fields});
}

void CronState::complain(std::string_view function, const Error& error, const LogScope& scope) {
  if (!complaints_.allow(now().steady)) return;
  shared_.log.write(
      {.level = LogLevel::kWarn,
       .message = fmt::format("hermes:cron {} answered false: {}", function, error.message),
       .scope = scope});
}

}  // namespace hermes::ext::cron

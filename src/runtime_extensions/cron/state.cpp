#include "runtime_extensions/cron/state.hpp"

#include "base/text.hpp"
#include "runtime_extensions/cron/event.hpp"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <memory>
#include <utility>

namespace hermes::ext::cron {

namespace {

// Entries of which it is said one by one that something of them was left out; of more than so many
// after a long standstill, only how much it was.
constexpr std::uint64_t kReportsAtOnce = 100;

}  // namespace

CronState::CronState(app::Application& application, const Shared& shared, const Config& config)
    : application_(application),
      shared_(shared),
      store_options_(config.store),
      complaints_(config.complaints_per_second, 2 * config.complaints_per_second),
      reports_(config.complaints_per_second, kReportsAtOnce),
      schedule_(config.schedule, application.state_directory() ? Recording::kOn : Recording::kOff,
                shared.executor.clock(), *this, config.durability, shared.secret) {}

Result<void> CronState::restore() {
  if (!application_.state_directory()) return {};
  const std::filesystem::path file = *application_.state_directory() / kStoreFile;
  auto store = Store::open(file, store_options_);
  if (!store) return std::unexpected(std::move(store).error());
  auto entries = store->load();
  if (!entries) return std::unexpected(std::move(entries).error());
  if (auto restored =
          schedule_.restore(std::make_unique<Store>(std::move(*store)), *entries, shared_.blocking);
      !restored) {
    return std::unexpected(std::move(restored).error().with_context(printable(file.string())));
  }
  if (entries->empty()) return {};
  const std::array fields = {LogField{"entries", std::uint64_t{entries->size()}}};
  shared_.log.write({.level = LogLevel::kInfo,
                     .message = "the schedule of the run before goes on",
                     .scope = application_.log_scope(),
                     .fields = fields});
  on_sooner();
  return {};
}

DurableSchedule::Answer CronState::answer(std::string_view function, DurableSchedule::Ticket ticket,
                                          const LogScope& scope, wasm::Completion<bool> done) {
  done.on_cancel([this, ticket] { schedule_.cancel(ticket); });
  // What the scope names lives as long as the application.
  return [this, function, scope, done = std::move(done)](Result<bool> result) mutable {
    if (!result) complain(function, result.error(), scope);
    std::move(done).complete(result.value_or(false));
  };
}

void CronState::add(std::string_view when, std::string_view tag, Retrigger retrigger,
                    const LogScope& scope, wasm::Completion<bool> done) {
  const auto ticket = schedule_.new_ticket();
  schedule_.add(ticket, when, tag, retrigger, answer("add", ticket, scope, std::move(done)));
}

void CronState::delay(std::uint64_t nanoseconds, std::string_view tag, const LogScope& scope,
                      wasm::Completion<bool> done) {
  const auto ticket = schedule_.new_ticket();
  schedule_.delay(ticket, nanoseconds, tag, answer("delay", ticket, scope, std::move(done)));
}

void CronState::rm(std::string_view when, std::string_view tag, const LogScope& scope,
                   wasm::Completion<bool> done) {
  const auto ticket = schedule_.new_ticket();
  schedule_.rm(ticket, when, tag, answer("rm", ticket, scope, std::move(done)));
}

void CronState::on_sooner() {
  const std::lock_guard lock(mutex_);
  arm();
}

void CronState::on_disk_error(const Error& error) {
  const std::lock_guard lock(mutex_);
  if (!complaints_.allow(now().steady)) return;
  shared_.log.write({.level = LogLevel::kError,
                     .message = "the schedule cannot be written: " + error.message,
                     .scope = application_.log_scope()});
}

void CronState::flush() {
  const auto flushed = schedule_.flush();
  if (flushed) return;
  shared_.log.write(
      {.level = LogLevel::kError,
       .message = "what was handled last could not be written, and will be delivered again after "
                  "the next start: " +
                  flushed.error().message,
       .scope = application_.log_scope()});
}

void CronState::stop() {
  std::unique_lock lock(mutex_);
  stopped_ = true;
  if (cancel()) --outstanding_;
  settled_.wait(lock, [this] { return outstanding_ == 0 && !pumping_; });
}

void CronState::arm() {
  if (stopped_ || pumping_) return;
  const std::optional<SteadyTime> wake = schedule_.next_wake();
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
  }
  due_.clear();
  schedule_.take_due(due_);
  report();
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
  if (pushed.error().reason == event::RefusalReason::kStopping) {
    return schedule_.dropped(occurrence, true);
  }
  schedule_.abandon(occurrence);
  const std::lock_guard lock(mutex_);
  if (!complaints_.allow(now().steady)) return;
  const std::array fields = {LogField{"when", occurrence.name->when},
                             LogField{"tag", occurrence.name->tag}};
  shared_.log.write({.level = LogLevel::kWarn,
                     .message = "a cron event was not delivered: " + pushed.error().message(),
                     .scope = application_.log_scope(),
                     .fields = fields});
}

void CronState::report() {
  const SteadyTime at = now().steady;
  for (const Missed& missed : due_.missed) {
    if (!reports_.allow(at)) {
      unreported_ += missed.count;
      continue;
    }
    const std::string_view why =
        missed.reason == Missed::Reason::kLate
            ? "their time has passed: the engine was not running, the clock was set forward, or "
              "the machine slept"
            : "too many of this entry are still waiting or being handled";
    const std::array fields = {LogField{"when", missed.name->when},
                               LogField{"tag", missed.name->tag}, LogField{"count", missed.count}};
    shared_.log.write({.level = LogLevel::kWarn,
                       .message = fmt::format("cron events were left out: {}", why),
                       .scope = application_.log_scope(),
                       .fields = fields});
  }
  if (unreported_ == 0 || !reports_.allow(at)) return;
  const std::array fields = {LogField{"count", std::exchange(unreported_, 0)}};
  shared_.log.write({.level = LogLevel::kWarn,
                     .message = "cron events of many more entries were left out; `hermes cron ls` "
                                "shows how many of each",
                     .scope = application_.log_scope(),
                     .fields = fields});
}

void CronState::complain(std::string_view function, const Error& error, const LogScope& scope) {
  const std::lock_guard lock(mutex_);
  if (!complaints_.allow(now().steady)) return;
  shared_.log.write(
      {.level = LogLevel::kWarn,
       .message = fmt::format("hermes:cron {} answered false: {}", function, error.message),
       .scope = scope});
}

}  // namespace hermes::ext::cron

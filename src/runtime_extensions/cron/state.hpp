// The schedule of one application at work: its timer, and the way of what is due into the events
// queue.
#pragma once

#include "app/application.hpp"
#include "app/extension_state.hpp"
#include "base/blocking.hpp"
#include "base/executor.hpp"
#include "base/log.hpp"
#include "base/object_pool.hpp"
#include "base/rate_limit.hpp"
#include "base/sip_hash.hpp"
#include "event/event.hpp"
#include "runtime_extensions/cron/config.hpp"
#include "runtime_extensions/cron/durable_schedule.hpp"
#include "wasm/completion.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace hermes::ext::cron {

class CronEvent;

/// What all applications share.
struct Shared {
  Executor& executor;
  /// Where schedules are written.
  BlockingExecutor& blocking;
  Log& log;
  event::EventKind kind;
  ObjectPool<CronEvent>& events;
  /// For the names in schedules.
  SipKey secret;
};

/// The cron entries of one application. Host functions and events use it from any thread.
class CronState final : public app::ExtensionState, private Timer, private DurableSchedule::Owner {
 public:
  CronState(app::Application& application, const Shared& shared, const Config& config);
  /// stop() was called.
  ~CronState() override = default;

  /// Reads what was kept of the application in its part of the state directory, and keeps it there
  /// from now on. Once, before init; without a state directory everything is kept in memory.
  Result<void> restore();

  // The functions of hermes:cron/api. They are answered when they have been carried out, or when it
  // is certain that they will not be; why not is in the log.
  void add(std::string_view when, std::string_view tag, Retrigger retrigger, const LogScope& scope,
           wasm::Completion<bool> done);
  void delay(std::uint64_t nanoseconds, std::string_view tag, const LogScope& scope,
             wasm::Completion<bool> done);
  void rm(std::string_view when, std::string_view tag, const LogScope& scope,
          wasm::Completion<bool> done);
  [[nodiscard]] std::vector<Listed> ls(std::optional<std::string_view> tag) {
    return schedule_.ls(tag);
  }

  [[nodiscard]] DurableSchedule::Upcoming upcoming(std::size_t most) const {
    return schedule_.upcoming(most);
  }

  /// For events: see Schedule.
  [[nodiscard]] DurableSchedule& schedule() { return schedule_; }

  /// Returns when no event comes from here any more. Not on a thread of the executor.
  void stop();
  /// After the last call: writes what is not written yet. May block.
  void flush();

 private:
  // Timer
  void on_time(Executor& here) override;

  [[nodiscard]] Now now() const { return read(shared_.executor.clock()); }
  // DurableSchedule::Owner
  void on_sooner() override;
  void on_disk_error(const Error& error) override;

  // Answers `done`, once, with what becomes of an operation of `function`; takes it back when the
  // call ends before.
  DurableSchedule::Answer answer(std::string_view function, DurableSchedule::Ticket ticket,
                                 const LogScope& scope, wasm::Completion<bool> done);
  // Under the lock: makes sure that on_time comes when it is needed.
  void arm();
  void push(const Occurrence& occurrence);
  void report();
  void complain(std::string_view function, const Error& error, const LogScope& scope);

  app::Application& application_;
  const Shared shared_;
  const StoreOptions store_options_;

  std::mutex mutex_;
  std::condition_variable settled_;
  RateLimit complaints_;
  bool stopped_ = false;
  // on_time is at work: it alone pushes events, so they are pushed in order, and it arms the timer
  // when it is done.
  bool pumping_ = false;
  // Calls of on_time that are still to come. Two at most: one that could not be taken back, and the
  // latest.
  int outstanding_ = 0;
  std::optional<SteadyTime> armed_for_;
  // Used by on_time only.
  Due due_;
  RateLimit reports_;
  // Left out and not reported, because it was too much to report each.
  std::uint64_t unreported_ = 0;
  // Last: what it writes at the end uses the rest.
  DurableSchedule schedule_;
};

}  // namespace hermes::ext::cron

// The schedule of one application at work: its timer, and the way of what is due into the events
// queue.
#pragma once

#include "app/application.hpp"
#include "app/extension_state.hpp"
#include "base/executor.hpp"
#include "base/log.hpp"
#include "base/object_pool.hpp"
#include "base/rate_limit.hpp"
#include "event/event.hpp"
#include "runtime_extensions/cron/config.hpp"
#include "runtime_extensions/cron/schedule.hpp"

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
  Log& log;
  event::EventKind kind;
  ObjectPool<CronEvent>& events;
};

/// The cron entries of one application. Host functions and events use it from any thread.
class CronState final : public app::ExtensionState, private Timer {
 public:
  CronState(app::Application& application, const Shared& shared, const Config& config);
  /// stop() was called.
  ~CronState() override = default;

  // The functions of hermes:cron/api. What is refused is logged with its reason.
  bool add(std::string_view when, std::string_view tag, Retrigger retrigger, const LogScope& scope);
  bool delay(std::uint64_t nanoseconds, std::string_view tag, const LogScope& scope);
  bool rm(std::string_view when, std::string_view tag);
  [[nodiscard]] std::vector<Listed> ls(std::optional<std::string_view> tag);

  // For events, see Schedule.
  std::optional<bool> begin(EntryId entry);
  void finished(EntryId entry, bool keep);
  void abandon(EntryId entry);

  /// Returns when no event comes from here any more. Not on a thread of the executor.
  void stop();

 private:
  // Timer
  void on_time(Executor& here) override;

  [[nodiscard]] Now now() const { return read(shared_.executor.clock()); }
  // Under the lock: makes sure that on_time comes when it is needed.
  void arm();
  void push(const Occurrence& occurrence);
  void report(const Missed& missed);
  void complain(std::string_view function, const Error& error, const LogScope& scope);

  app::Application& application_;
  const Shared shared_;

  std::mutex mutex_;
  std::condition_variable settled_;
  Schedule schedule_;
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
};

}  // namespace hermes::ext::cron

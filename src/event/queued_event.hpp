// An event inside the queue, from push to its end. Internal to the queue.
#pragma once

#include "base/executor.hpp"
#include "base/thread_index.hpp"
#include "event/event.hpp"
#include "event/handler.hpp"

#include <atomic>
#include <cstdint>
#include <span>
#include <utility>

namespace hermes::event {

struct ApplicationState;
struct Lane;
struct QueueState;

/// Who wants an event that runs to end before its time.
enum class StopReason : std::uint8_t {
  kNone,
  /// Its producer has withdrawn it.
  kWithdrawn,
  /// The grace period of a shutdown is over.
  kShutdown,
};

/// Waits in its lane, then runs as a task: handler after handler, each a call that is polled until
/// it is done. Lives in a slab, so that a timer which comes late still finds an event, perhaps
/// another one, and sees that it is too early.
class alignas(kCacheLine) QueuedEvent final : public Task, public Timer, public CallWaker {
 public:
  // Set by push, under the lock of the queue. `previous` and `next`: the lane's list; once it runs,
  // the application's.
  QueuedEvent* previous = nullptr;
  QueuedEvent* next = nullptr;
  /// In the application's list of events that have used up their time slice, when `preempted`.
  QueuedEvent* previous_preempted = nullptr;
  QueuedEvent* next_preempted = nullptr;
  bool preempted = false;
  /// How long it computes is measured in processor time. Written under the lock, while nothing of
  /// it runs.
  bool measured = false;
  QueueState* queue = nullptr;
  ApplicationState* application = nullptr;
  Lane* lane = nullptr;
  PayloadPtr payload;
  /// The one handler, where only one is to be called.
  Handler* only = nullptr;
  EventId id{};
  Duration call_deadline{};
  /// SteadyTime::max(): it may wait as long as it takes.
  SteadyTime start_by{};
  SteadyTime pushed_at{};

  /// Set under the lock, with interrupt() to follow.
  std::atomic<StopReason> stop{StopReason::kNone};

  /// Runs the event from its start. The caller holds a permit for it. true: it is over, and the
  /// caller completes it. false: it goes on later, and must not be touched any more.
  bool start(Executor& here);
  /// How long it has computed since this was last asked: if not `measured`, including what other
  /// threads and processes took from its thread. By who has its turn.
  [[nodiscard]] Duration take_computed() { return std::exchange(computed_, Duration::zero()); }
  /// Goes on, after it was taken out of the list of those that were preempted.
  void resume() { home_->post(*this); }
  /// Whether the call that is under way is past its deadline; while no thread has its turn.
  [[nodiscard]] bool is_overdue() const { return is_overdue(home_->now()); }

  /// How it ended, once it is over.
  [[nodiscard]] Outcome outcome() const { return outcome_; }

  [[nodiscard]] bool is_stopped() const {
    return stop.load(std::memory_order_relaxed) != StopReason::kNone;
  }

  /// Ends the call that is under way if its time is over or `stop` is set; at once if it waits,
  /// else when it comes back to its worker. Any thread.
  void interrupt() noexcept;

  // Task: goes on after it was suspended or preempted.
  void run(Executor& here) override;
  // Timer: the deadline of a call that waits or is preempted.
  void on_time(Executor& here) override;
  // CallWaker
  void wake() noexcept override;

 private:
  enum class State : std::uint8_t {
    /// Waiting in its lane, or free.
    kIdle,
    /// A worker has the turn.
    kRunning,
    /// A worker is about to give up the turn, and the wake has come already.
    kRunningWoken,
    /// Nobody has the turn until the wake comes.
    kSuspended,
    /// The same, while some thread cancels the call.
    kInterrupting,
    /// The same, and the wake has come.
    kInterruptingWoken,
    /// Posted to an executor.
    kPosted,
  };

  /// Goes through the handlers until one has to wait (false) or all are done (true).
  bool advance(Executor& here);
  /// A moment on the clock that how long it computes is measured with.
  [[nodiscard]] Duration reading(const Executor& here, SteadyTime now) const {
    return measured ? here.clock().thread_processor_time() : now.time_since_epoch();
  }
  /// Polls the current call. false: it goes on later, and this event must not be touched any more.
  bool poll_call(Executor& here);
  [[nodiscard]] bool is_overdue(SteadyTime now) const {
    return now - call_started_at_ >= call_deadline;
  }
  void end_call(Outcome outcome, const CallFailure* failure, SteadyTime now);
  void finish(Executor& here, SteadyTime now);

  std::atomic<State> state_{State::kIdle};
  Executor* home_ = nullptr;
  std::span<Handler* const> handlers_{};
  std::uint32_t next_handler_ = 0;
  std::uint32_t completed_ = 0;
  Outcome outcome_ = Outcome::kCompleted;
  bool timer_set_ = false;
  HandlerCall* call_ = nullptr;
  SteadyTime started_at_{};
  SteadyTime call_started_at_{};
  SteadyTime call_ended_at_{};
  Duration polled_at_{};
  Duration computed_{};
};

}  // namespace hermes::event

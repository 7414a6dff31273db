// What the events queue keeps under its lock. Internal to the queue.
//
// One lock for everything: lanes, turns, permits and bounds change together, in critical sections
// of some dozens of nanoseconds, two or three times per event
// (docs/decisions/0040-events-queue.md). Nothing foreign is called while it is held, except
// executors and timers, which never call back.
#pragma once

#include "base/adaptive_mutex.hpp"
#include "base/executor.hpp"
#include "base/sip_hash.hpp"
#include "base/thread_index.hpp"
#include "event/event_queue.hpp"
#include "event/intrusive_list.hpp"
#include "event/lane.hpp"
#include "event/queued_event.hpp"
#include "event/slab.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace hermes::event {

/// An application whose events compute longer than this at a stretch, on average, is slow: so long
/// must others wait for a worker. A quarter of a time slice.
inline constexpr Duration kLongRun = std::chrono::microseconds{500};

/// One application's part. Its members are guarded by the lock of the queue.
struct ApplicationState final : Task, Timer {
  enum class Phase : std::uint8_t { kHolding, kOpen, kDraining, kDropping, kStopped };

  ApplicationState(QueueState& owner, const EventTarget& its_target,
                   const ApplicationLimits& its_limits)
      : queue(owner), target(its_target), limits(its_limits) {}

  QueueState& queue;
  const EventTarget& target;
  const ApplicationLimits limits;
  // Written by all workers: apart from what is only read.
  alignas(kCacheLine) Phase phase = Phase::kHolding;

  /// In one of the rings of applications that can start an event; nullptr: in none.
  ApplicationState* previous = nullptr;
  ApplicationState* next = nullptr;
  IntrusiveList<ApplicationState>* ring = nullptr;
  /// Events that it may still start in this turn.
  std::uint32_t turn_left = 0;

  LaneTable lanes;
  /// Lanes that are not in the table: events without order. Counted only.
  std::size_t unordered_lanes = 0;
  /// Lanes with something to start and nothing running.
  IntrusiveList<Lane> ready;
  IntrusiveList<Lane> ready_lifecycle;
  IntrusiveList<QueuedEvent> running;
  /// Of those that run: events that have used up their time slice and wait for the next one.
  IntrusiveList<QueuedEvent, &QueuedEvent::previous_preempted, &QueuedEvent::next_preempted>
      preempted;
  /// In the ring of applications that have such events.
  ApplicationState* previous_preempted = nullptr;
  ApplicationState* next_preempted = nullptr;
  bool in_preempted_ring = false;
  /// Time slices that it may still use in this turn.
  std::uint32_t slices_left = 0;
  /// Moving average of how long its events compute without a break; long runs weigh more.
  Duration typical_run{0};
  /// So many more of its events are measured in processor time: one has taken long, and may have
  /// waited for a processor for most of it.
  std::uint32_t to_measure = 0;
  /// In the queue and not over yet, `running` included.
  std::size_t events = 0;

  /// Producers that wait for room.
  IntrusiveList<PushWaiter, &PushWaiter::previous_, &PushWaiter::next_> waiters;
  /// In the list of applications with such producers.
  ApplicationState* previous_with_waiters = nullptr;
  ApplicationState* next_with_waiters = nullptr;

  std::uint64_t accepted = 0;
  std::uint64_t refused = 0;
  OutcomeCounts outcomes;

  /// Uses of this object outside the lock; while there are any, the drain does not end.
  std::size_t pins = 0;
  bool grace_timer_set = false;
  std::function<void(const DrainReport&)> drained;
  DrainReport report;

  [[nodiscard]] bool can_start() const {
    if (running.size() >= limits.max_running) return false;
    if (!ready_lifecycle.empty()) return true;
    return !ready.empty() && phase != Phase::kHolding;
  }
  /// Whether its events are started in the background, because they probably take long.
  [[nodiscard]] bool is_slow() const { return typical_run > kLongRun; }

  // Task: everything is over.
  void run(Executor& here) override;
  // Timer: the grace period is over.
  void on_time(Executor& here) override;
};

struct QueueState {
  QueueState(const QueueLimits& its_limits, Executor& its_executor, Random& random,
             EventObserver* its_observer)
      : limits(its_limits),
        executor(its_executor),
        observer(its_observer),
        hash_key(SipKey::make(random)) {}

  const QueueLimits limits;
  Executor& executor;
  EventObserver* const observer;
  const SipKey hash_key;

  // What follows is written all the time, by all workers: apart from what is only read.
  alignas(kCacheLine) mutable AdaptiveMutex mutex;
  /// Applications that can start an event: those whose events are short, and the slow ones.
  IntrusiveList<ApplicationState> ring;
  IntrusiveList<ApplicationState> slow_ring;
  /// Applications with events that have used up a time slice.
  IntrusiveList<ApplicationState, &ApplicationState::previous_preempted,
                &ApplicationState::next_preempted>
      preempted_ring;
  /// In the background, events of slow applications are started and preempted ones go on by turns.
  bool start_next_in_background = false;
  std::size_t applications = 0;
  std::size_t events = 0;
  std::size_t running = 0;
  std::size_t lanes = 0;
  std::uint64_t last_id = 0;
  Slab<QueuedEvent> event_slab;
  Slab<Lane> lane_slab;
  IntrusiveList<ApplicationState, &ApplicationState::previous_with_waiters,
                &ApplicationState::next_with_waiters>
      with_waiters;

  /// Whether take() would find something; written under the lock, read without, by workers that
  /// look for something to do. Rarely changes while there is much to do: apart from what does.
  alignas(kCacheLine) std::atomic<bool> startable{false};
  /// The same for take_background().
  std::atomic<bool> background_startable{false};

  // ---- With the lock held.

  /// Puts the request into its lane, or says which bound forbids it. Does not look at the phase.
  PushResult accept(ApplicationState& application, PushRequest& request, SteadyTime now);
  /// The next event to start, with its permit; nullptr: none.
  QueuedEvent* take();
  struct BackgroundWork {
    /// nullptr: none.
    QueuedEvent* event = nullptr;
    /// It has to be started, with its permit; otherwise it goes on.
    bool start = false;
  };
  BackgroundWork take_background();
  /// Starts the next event of the application whose turn it is in `from`, which is not empty.
  QueuedEvent* start_from(IntrusiveList<ApplicationState>& from);
  /// Brings the places of `application` in the rings, and the flags of what can start, up to date.
  void update(ApplicationState& application);
  /// `event`, of `application`, has computed for a while: it is over, or has used up a slice.
  static void note_run(ApplicationState& application, QueuedEvent& event);
  /// Lets `event` go on at once, to find that it is to end. false: it does not wait for a slice.
  static bool expedite(QueuedEvent& event);
  void set_startable();
  /// One event of `lane` is over: the next one may start, or the lane is gone.
  void release_lane(ApplicationState& application, Lane& lane);
  /// Posts the end of the drain when nothing is left. The last use of `application`.
  void finish_drain_if_over(ApplicationState& application);
  void add_waiter(ApplicationState& application, PushWaiter& waiter);
  /// false: it does not wait.
  bool remove_waiter(ApplicationState& application, PushWaiter& waiter);
  /// Moves the events of `application` that have not started to `out`: all, or only those held
  /// until it is open.
  void take_waiting(ApplicationState& application, IntrusiveList<QueuedEvent>& out, bool only_held);

  // ---- Without it.

  /// Tells the executor what there is to do.
  void announce() {
    if (startable.load()) executor.work_available();
    if (background_startable.load()) executor.background_work_available();
  }
  /// `event` has used up a time slice: it gets the next one in the background, when it is its turn.
  /// It must not be touched any more.
  void preempt(QueuedEvent& event);
  /// false: `event` does not wait for a time slice.
  bool expedite_if_overdue(QueuedEvent& event);
  /// `event` is over and its payload was told: frees it, and its permit. With `take_next`, returns
  /// what take() finds then: one turn with the lock instead of two.
  QueuedEvent* complete(QueuedEvent& event, bool take_next);
  /// Lets producers that wait go on while there is room.
  void serve_waiters();
  void refuse_waiters(ApplicationState& application);
  /// Ends events that have not started. `application` is pinned.
  void drop(ApplicationState& application, IntrusiveList<QueuedEvent>& events);
};

}  // namespace hermes::event

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
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <vector>

namespace hermes::event {

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

  /// In the ring of applications that can start an event.
  ApplicationState* previous = nullptr;
  ApplicationState* next = nullptr;
  bool in_ring = false;
  /// Events that it may still start in this turn.
  std::uint32_t turn_left = 0;

  LaneTable lanes;
  /// Lanes that are not in the table: events without order. Counted only.
  std::size_t unordered_lanes = 0;
  /// Lanes with something to start and nothing running.
  IntrusiveList<Lane> ready;
  IntrusiveList<Lane> ready_lifecycle;
  IntrusiveList<QueuedEvent> running;
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
  IntrusiveList<ApplicationState> ring;
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

  // ---- With the lock held.

  /// Puts the request into its lane, or says which bound forbids it. Does not look at the phase.
  PushResult accept(ApplicationState& application, PushRequest& request, SteadyTime now);
  /// The next event to start, with its permit; nullptr: none.
  QueuedEvent* take();
  /// Brings the place of `application` in the ring, and `startable`, up to date.
  void update(ApplicationState& application);
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

#include "event/queue_state.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace hermes::event {
namespace {

/// Applications whose waiting producers are looked at when an event has ended: the work per event
/// stays bounded, and the list turns, so that everyone's time comes.
constexpr int kWaitersLookedAt = 8;

/// A run that is longer than the average counts for a half of it, one that is shorter for an
/// eighth: an event that used up its time slice is remembered for the next ten short ones.
constexpr int kRise = 2;
constexpr int kFall = 8;

/// Events that are measured in processor time after one that took long. Where that happens rarely
/// nothing is measured that way, which costs each event two system calls.
constexpr std::uint32_t kMeasured = 64;

void count_left(std::vector<DrainReport::Left>& left, std::string_view event_name) {
  const auto known = std::ranges::find(left, event_name, &DrainReport::Left::event_name);
  if (known == left.end()) {
    left.push_back({std::string(event_name), 1});
  } else {
    ++known->count;
  }
}

}  // namespace

PushResult QueueState::accept(ApplicationState& application, PushRequest& request, SteadyTime now) {
  const ApplicationLimits& bounds = application.limits;
  const auto refuse = [](RefusalReason reason, std::size_t bound) {
    return std::unexpected(Refusal{.reason = reason, .bound = bound});
  };
  if (application.events >= bounds.max_events) {
    return refuse(RefusalReason::kApplicationFull, bounds.max_events);
  }
  if (events >= limits.max_events) return refuse(RefusalReason::kEngineFull, limits.max_events);

  const bool lifecycle = request.delivery == Delivery::kLifecycle;
  const bool ordered = !request.source.is_unordered();
  Lane* lane = ordered ? application.lanes.find(request.source, lifecycle) : nullptr;
  if (lane != nullptr && lane->events() >= bounds.max_events_per_lane) {
    return refuse(RefusalReason::kLaneFull, bounds.max_events_per_lane);
  }

  QueuedEvent& event = event_slab.take();
  // A timer of the event that was here before may be late and reads this: it always is the same.
  if (event.queue != this) event.queue = this;
  event.application = &application;
  event.payload = std::move(request.payload);
  event.payload->queued_ = &event;
  event.only = request.only;
  event.id = EventId{++last_id};
  event.call_deadline = request.call_deadline.value_or(bounds.call_deadline);
  const Duration wait = request.wait_deadline.value_or(bounds.wait_deadline);
  event.start_by = wait > Duration::zero() ? now + wait : SteadyTime::max();
  event.pushed_at = now;
  event.stop.store(StopReason::kNone, std::memory_order_relaxed);

  if (lane == nullptr) {
    lane = &lane_slab.take();
    lane->source = request.source;
    lane->lifecycle = lifecycle;
    lane->kind = event.payload->kind();
    lane->running = nullptr;
    if (ordered) {
      application.lanes.insert(*lane);
    } else {
      ++application.unordered_lanes;
    }
    ++lanes;
    (lifecycle ? application.ready_lifecycle : application.ready).push_back(*lane);
  }
  event.lane = lane;
  lane->waiting.push_back(event);
  ++application.events;
  ++application.accepted;
  ++events;
  update(application);
  return event.id;
}

QueuedEvent* QueueState::take() {
  if (ring.empty() || running >= limits.max_running) return nullptr;
  return start_from(ring);
}

QueueState::BackgroundWork QueueState::take_background() {
  const bool may_start = !slow_ring.empty() && running < limits.max_running;
  if (may_start && (start_next_in_background || preempted_ring.empty())) {
    start_next_in_background = false;
    return {.event = start_from(slow_ring), .start = true};
  }
  ApplicationState* application = preempted_ring.front();
  if (application == nullptr) return {};
  start_next_in_background = true;
  QueuedEvent& event = *application->preempted.pop_front();
  event.preempted = false;
  if (--application->slices_left == 0) {
    preempted_ring.remove(*application);
    application->in_preempted_ring = false;
  }
  update(*application);
  return {.event = &event, .start = false};
}

QueuedEvent* QueueState::start_from(IntrusiveList<ApplicationState>& from) {
  ApplicationState* application = from.front();
  IntrusiveList<Lane>& ready =
      application->ready_lifecycle.empty() ? application->ready : application->ready_lifecycle;
  Lane& lane = *ready.pop_front();
  QueuedEvent& event = *lane.waiting.pop_front();
  lane.running = &event;
  event.measured = application->to_measure > 0;
  application->running.push_back(event);
  ++running;

  if (--application->turn_left == 0) {
    // Its turn is over: behind the others, if it has more to do.
    from.remove(*application);
    application->ring = nullptr;
  }
  update(*application);
  return &event;
}

void QueueState::update(ApplicationState& application) {
  IntrusiveList<ApplicationState>* wanted = nullptr;
  if (application.can_start()) wanted = application.is_slow() ? &slow_ring : &ring;
  if (application.ring != wanted) {
    if (application.ring != nullptr) application.ring->remove(application);
    if (wanted != nullptr) {
      application.turn_left = std::max<std::uint32_t>(1, application.limits.weight);
      wanted->push_back(application);
    }
    application.ring = wanted;
  }
  const bool any_preempted = !application.preempted.empty();
  if (any_preempted != application.in_preempted_ring) {
    if (any_preempted) {
      application.slices_left = std::max<std::uint32_t>(1, application.limits.weight);
      preempted_ring.push_back(application);
    } else {
      preempted_ring.remove(application);
    }
    application.in_preempted_ring = any_preempted;
  }
  set_startable();
}

void QueueState::set_startable() {
  const bool permits = running < limits.max_running;
  const bool now_startable = permits && !ring.empty();
  // Sequentially consistent, like the executor's look for sleeping threads that follows: either
  // that look sees a thread that is about to sleep, or the thread sees this.
  if (startable.load(std::memory_order_relaxed) != now_startable) startable.store(now_startable);
  const bool in_background = !preempted_ring.empty() || (permits && !slow_ring.empty());
  if (background_startable.load(std::memory_order_relaxed) != in_background) {
    background_startable.store(in_background);
  }
}

void QueueState::note_run(ApplicationState& application, QueuedEvent& event) {
  const Duration run = event.take_computed();
  if (run > kLongRun) {
    application.to_measure = kMeasured;
    // Perhaps something else had the processor: that is no reason to let its events wait longer.
    if (!std::exchange(event.measured, true)) return;
  } else if (application.to_measure > 0) {
    --application.to_measure;
  }
  const Duration difference = run - application.typical_run;
  application.typical_run += difference / (difference > Duration::zero() ? kRise : kFall);
}

bool QueueState::expedite(QueuedEvent& event) {
  if (!event.preempted) return false;
  ApplicationState& application = *event.application;
  application.preempted.remove(event);
  event.preempted = false;
  application.queue.update(application);
  event.resume();
  return true;
}

bool QueueState::expedite_if_overdue(QueuedEvent& event) {
  std::lock_guard lock(mutex);
  // A timer that fired late may have found another event in the same place.
  if (!event.preempted || !event.is_overdue()) return event.preempted;
  return expedite(event);
}

void QueueState::preempt(QueuedEvent& event) {
  {
    std::lock_guard lock(mutex);
    ApplicationState& application = *event.application;
    note_run(application, event);
    // The timer that would expedite it may have come just before.
    if (event.is_stopped() || event.is_overdue()) {
      event.resume();
      return;
    }
    event.preempted = true;
    application.preempted.push_back(event);
    update(application);
  }
  executor.background_work_available();
}

void QueueState::release_lane(ApplicationState& application, Lane& lane) {
  lane.running = nullptr;
  if (!lane.waiting.empty()) {
    (lane.lifecycle ? application.ready_lifecycle : application.ready).push_back(lane);
    return;
  }
  if (lane.source.is_unordered()) {
    --application.unordered_lanes;
  } else {
    application.lanes.erase(lane);
  }
  --lanes;
  lane_slab.give(lane);
}

QueuedEvent* QueueState::complete(QueuedEvent& event, bool take_next) {
  const Outcome outcome = event.outcome();
  // The payload goes back to its producer's pool outside the lock.
  PayloadPtr payload;
  bool producers_wait = false;
  QueuedEvent* next_event = nullptr;
  {
    std::lock_guard lock(mutex);
    ApplicationState& application = *event.application;
    payload = std::move(event.payload);
    payload->queued_ = nullptr;
    application.running.remove(event);
    --running;
    --application.events;
    --events;
    ++application.outcomes[outcome];
    note_run(application, event);
    if (outcome == Outcome::kDropped) count_left(application.report.stopped, payload->event_name());
    release_lane(application, *event.lane);
    event_slab.give(event);
    update(application);
    producers_wait = !with_waiters.empty();
    finish_drain_if_over(application);
    if (take_next) next_event = take();
  }
  // Whoever takes the next one announces what is left itself.
  if (next_event == nullptr) announce();
  if (producers_wait) serve_waiters();
  return next_event;
}

void QueueState::take_waiting(ApplicationState& application, IntrusiveList<QueuedEvent>& out,
                              bool only_held) {
  const auto empty_lane = [&](Lane& lane) {
    while (QueuedEvent* event = lane.waiting.pop_front()) {
      event->payload->queued_ = nullptr;
      out.push_back(*event);
    }
  };
  // Lanes that run something are not in a ready list: they are emptied, and go when that is over.
  for (QueuedEvent* event = application.running.front(); event != nullptr; event = event->next) {
    if (!only_held || !event->lane->lifecycle) empty_lane(*event->lane);
  }
  const auto empty_ready = [&](IntrusiveList<Lane>& ready) {
    while (Lane* lane = ready.pop_front()) {
      empty_lane(*lane);
      release_lane(application, *lane);
    }
  };
  empty_ready(application.ready);
  if (!only_held) empty_ready(application.ready_lifecycle);
  update(application);
}

void QueueState::drop(ApplicationState& application, IntrusiveList<QueuedEvent>& dropped) {
  const SteadyTime now = executor.now();
  while (QueuedEvent* event = dropped.pop_front()) {
    const PayloadPtr payload = std::move(event->payload);
    const EventSummary summary{.id = event->id,
                               .outcome = Outcome::kDropped,
                               .handlers = 0,
                               .completed = 0,
                               .waited = now - event->pushed_at,
                               .ran = Duration::zero()};
    payload->finished(summary);
    if (observer != nullptr) observer->on_finished(application.target, *payload, summary);

    std::lock_guard lock(mutex);
    --application.events;
    --events;
    ++application.outcomes[Outcome::kDropped];
    count_left(application.report.not_started, payload->event_name());
    event_slab.give(*event);
  }
}

void QueueState::finish_drain_if_over(ApplicationState& application) {
  using Phase = ApplicationState::Phase;
  if (application.phase != Phase::kDraining && application.phase != Phase::kDropping) return;
  if (application.events > 0 || application.pins > 0) return;
  if (application.grace_timer_set) {
    // When it can no longer be taken back it is about to fire, and comes here again itself.
    if (!application.cancel()) return;
    application.grace_timer_set = false;
  }
  application.phase = Phase::kStopped;
  executor.post(application);
}

void QueueState::add_waiter(ApplicationState& application, PushWaiter& waiter) {
  if (application.waiters.empty()) with_waiters.push_back(application);
  application.waiters.push_back(waiter);
  waiter.waiting_ = true;
}

bool QueueState::remove_waiter(ApplicationState& application, PushWaiter& waiter) {
  if (!waiter.waiting_) return false;
  application.waiters.remove(waiter);
  waiter.waiting_ = false;
  if (application.waiters.empty()) with_waiters.remove(application);
  return true;
}

void QueueState::serve_waiters() {
  for (int looked_at = 0; looked_at < kWaitersLookedAt; ++looked_at) {
    PushWaiter* waiter = nullptr;
    std::optional<PushResult> result;
    {
      std::lock_guard lock(mutex);
      ApplicationState* application = with_waiters.front();
      if (application == nullptr) return;
      waiter = application->waiters.front();
      result = accept(*application, waiter->request, executor.now());
      if (*result) {
        remove_waiter(*application, *waiter);
      }
      if (!application->waiters.empty()) {
        with_waiters.remove(*application);
        with_waiters.push_back(*application);
      }
    }
    if (!*result) continue;
    announce();
    waiter->on_pushed(*result);
  }
}

void QueueState::refuse_waiters(ApplicationState& application) {
  for (;;) {
    PushWaiter* waiter = nullptr;
    {
      std::lock_guard lock(mutex);
      waiter = application.waiters.front();
      if (waiter == nullptr) return;
      remove_waiter(application, *waiter);
      ++application.refused;
    }
    const Refusal refusal{.reason = RefusalReason::kStopping};
    if (observer != nullptr) {
      observer->on_refused(application.target, *waiter->request.payload, refusal);
    }
    waiter->on_pushed(std::unexpected(refusal));
  }
}

}  // namespace hermes::event

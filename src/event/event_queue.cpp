#include "event/event_queue.hpp"

#include "event/queue_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <tuple>
#include <utility>

namespace hermes::event {
namespace {

using Phase = ApplicationState::Phase;

[[noreturn]] void broken(const char* rule) {
  std::fprintf(stderr, "events queue: %s\n", rule);
  std::abort();
}

bool stopping(const ApplicationState& application) { return application.phase > Phase::kOpen; }

}  // namespace

// ------------------------------------------------------------------------------------------- queue

EventQueue::EventQueue(const QueueLimits& limits, Executor& executor, Random& random,
                       EventObserver* observer)
    : state_(std::make_unique<QueueState>(limits, executor, random, observer)) {}

EventQueue::~EventQueue() {
  if (state_->applications > 0) broken("destroyed before its applications");
}

std::unique_ptr<ApplicationQueue> EventQueue::add_application(const EventTarget& target,
                                                              const ApplicationLimits& limits) {
  {
    std::lock_guard lock(state_->mutex);
    ++state_->applications;
  }
  return std::unique_ptr<ApplicationQueue>(
      new ApplicationQueue(*this, std::make_unique<ApplicationState>(*state_, target, limits)));
}

SourceKey EventQueue::source(EventKind space, std::string_view key) const {
  // The space is part of the secret rather than of the text: nothing has to be put together.
  SipKey secret = state_->hash_key;
  secret.k1 ^= static_cast<std::uint64_t>(space.value()) * 0x9e3779b97f4a7c15;
  return SourceKey{sip_hash_128(secret, key)};
}

QueueStats EventQueue::stats() const {
  std::lock_guard lock(state_->mutex);
  return {.applications = state_->applications,
          .events = state_->events,
          .running = state_->running,
          .lanes = state_->lanes,
          .max_events = state_->limits.max_events,
          .max_running = state_->limits.max_running};
}

bool EventQueue::run_one(Executor& here) {
  QueuedEvent* event = nullptr;
  {
    std::lock_guard lock(state_->mutex);
    event = state_->take();
  }
  if (event == nullptr) return false;
  while (event != nullptr) {
    here.returning_soon(false);
    // One wakes the next: a burst of events gets as many threads as it needs, one after the other.
    state_->announce();
    if (!event->start(here)) break;
    event = state_->complete(*event, here.may_continue());
  }
  return true;
}

bool EventQueue::has_work() const { return state_->startable.load(); }

bool EventQueue::run_background(Executor& here) {
  QueueState::BackgroundWork work;
  {
    std::lock_guard lock(state_->mutex);
    work = state_->take_background();
  }
  if (work.event == nullptr) return false;
  state_->announce();
  if (!work.start) {
    work.event->run(here);
  } else if (work.event->start(here)) {
    state_->complete(*work.event, false);
  }
  return true;
}

bool EventQueue::has_background_work() const { return state_->background_startable.load(); }

// ------------------------------------------------------------------------------------- application

ApplicationQueue::ApplicationQueue(EventQueue& queue, std::unique_ptr<ApplicationState> state)
    : queue_(queue), state_(std::move(state)) {}

ApplicationQueue::~ApplicationQueue() {
  QueueState& queue = state_->queue;
  std::lock_guard lock(queue.mutex);
  const bool in_use = state_->events > 0 || !state_->waiters.empty() || state_->pins > 0;
  if (in_use || state_->phase == Phase::kDraining || state_->phase == Phase::kDropping) {
    broken("an application was removed before it was drained");
  }
  --queue.applications;
}

PushResult ApplicationQueue::push(PushRequest& request) {
  QueueState& queue = state_->queue;
  const EventTarget& target = state_->target;
  PushResult result = std::unexpected(Refusal{.reason = RefusalReason::kNoHandler});
  if (request.only != nullptr || !target.handlers(request.payload->kind()).empty()) {
    const SteadyTime now = queue.executor.now();
    std::lock_guard lock(queue.mutex);
    result = stopping(*state_) ? std::unexpected(Refusal{.reason = RefusalReason::kStopping})
                               : queue.accept(*state_, request, now);
    if (!result) ++state_->refused;
  }
  if (result) {
    queue.announce();
  } else if (queue.observer != nullptr) {
    queue.observer->on_refused(target, *request.payload, result.error());
  }
  return result;
}

std::optional<PushResult> ApplicationQueue::push_or_wait(PushWaiter& waiter) {
  QueueState& queue = state_->queue;
  PushRequest& request = waiter.request;
  const bool handled =
      request.only != nullptr || !state_->target.handlers(request.payload->kind()).empty();
  if (handled) {
    const SteadyTime now = queue.executor.now();
    std::lock_guard lock(queue.mutex);
    if (!stopping(*state_)) {
      // Whoever waits already comes first.
      if (state_->waiters.empty()) {
        if (PushResult result = queue.accept(*state_, request, now)) {
          queue.announce();
          return result;
        }
      }
      queue.add_waiter(*state_, waiter);
      return std::nullopt;
    }
  }
  // It can only be refused, and push says why.
  return push(request);
}

bool ApplicationQueue::cancel_wait(PushWaiter& waiter) {
  std::lock_guard lock(state_->queue.mutex);
  return state_->queue.remove_waiter(*state_, waiter);
}

void ApplicationQueue::withdraw(EventPayload& payload) {
  std::lock_guard lock(state_->queue.mutex);
  QueuedEvent* const event = payload.queued_;
  // What has not started is asked when it does.
  if (event == nullptr || event->lane->running != event || event->is_stopped()) return;
  event->stop.store(StopReason::kWithdrawn);
  if (!QueueState::expedite(*event)) event->interrupt();
}

void ApplicationQueue::open() {
  QueueState& queue = state_->queue;
  {
    std::lock_guard lock(queue.mutex);
    if (state_->phase != Phase::kHolding) return;
    state_->phase = Phase::kOpen;
    queue.update(*state_);
  }
  queue.announce();
}

void ApplicationQueue::drain(Duration grace, std::function<void(const DrainReport&)> done) {
  ApplicationState& application = *state_;
  QueueState& queue = application.queue;
  IntrusiveList<QueuedEvent> held;
  {
    std::lock_guard lock(queue.mutex);
    if (stopping(application)) broken("an application was drained twice");
    const bool was_open = application.phase == Phase::kOpen;
    application.drained = std::move(done);
    application.report.application = application.target.application_name();
    if (!was_open) queue.take_waiting(application, held, true);
    application.phase = Phase::kDraining;
    queue.update(application);
    application.pins = 1;
    application.grace_timer_set = true;
    queue.executor.schedule(application, queue.executor.now() + grace);
  }
  queue.refuse_waiters(application);
  queue.drop(application, held);
  std::lock_guard lock(queue.mutex);
  --application.pins;
  queue.finish_drain_if_over(application);
}

ApplicationStats ApplicationQueue::stats() const {
  std::lock_guard lock(state_->queue.mutex);
  return {.events = state_->events,
          .running = state_->running.size(),
          .preempted = state_->preempted.size(),
          .lanes = state_->lanes.size() + state_->unordered_lanes,
          .waiting_producers = state_->waiters.size(),
          .accepted = state_->accepted,
          .refused = state_->refused,
          .outcomes = state_->outcomes};
}

std::vector<LaneStats> ApplicationQueue::lanes(std::size_t most) const {
  std::vector<LaneStats> all;
  // Nothing is allocated under the lock.
  all.reserve(most * 2);
  const auto add = [&all, now = state_->queue.executor.clock().steady()](const Lane& lane) {
    const QueuedEvent* const oldest = lane.running != nullptr ? lane.running : lane.waiting.front();
    LaneStats& stats = all.emplace_back(LaneStats{.kind = lane.kind});
    if (!lane.source.is_unordered()) stats.source = lane.source.hash().high;
    stats.running = lane.running != nullptr;
    stats.waiting = lane.waiting.size();
    if (oldest != nullptr) stats.oldest = std::max(now - oldest->pushed_at, Duration::zero());
  };
  {
    std::lock_guard lock(state_->queue.mutex);
    const QueuedEvent* event = state_->running.front();
    for (; event != nullptr && all.size() < most; event = event->next) add(*event->lane);
    const std::size_t most_in_all = all.size() + most;
    for (const auto* ready : {&state_->ready_lifecycle, &state_->ready}) {
      const Lane* lane = ready->front();
      for (; lane != nullptr && all.size() < most_in_all; lane = lane->next) add(*lane);
    }
  }
  std::ranges::sort(all, std::greater{}, [](const LaneStats& lane) {
    return std::tuple(lane.waiting + (lane.running ? 1 : 0), lane.oldest, lane.source);
  });
  return all;
}

EventQueue& ApplicationQueue::queue() const { return queue_; }
const EventTarget& ApplicationQueue::target() const { return state_->target; }

// --------------------------------------------------------------------------------------- shutdown

void ApplicationState::on_time(Executor&) {
  IntrusiveList<QueuedEvent> left;
  {
    std::lock_guard lock(queue.mutex);
    grace_timer_set = false;
    if (events == 0 && pins == 0) {
      queue.finish_drain_if_over(*this);
      return;
    }
    phase = Phase::kDropping;
    ++pins;
    queue.take_waiting(*this, left, false);
    for (QueuedEvent* event = running.front(); event != nullptr; event = event->next) {
      event->stop.store(StopReason::kShutdown);
      if (!QueueState::expedite(*event)) event->interrupt();
    }
  }
  queue.drop(*this, left);
  std::lock_guard lock(queue.mutex);
  --pins;
  queue.finish_drain_if_over(*this);
}

void ApplicationState::run(Executor&) {
  // The callback may destroy this object: nothing of it is used afterwards.
  const std::function<void(const DrainReport&)> done = std::move(drained);
  const DrainReport last = std::move(report);
  done(last);
}

std::string DrainReport::message() const {
  if (clean()) return fmt::format("application {} stopped; everything was finished", application);
  std::string text =
      fmt::format("application {} stopped before everything was finished:", application);
  for (const Left& some : not_started) {
    fmt::format_to(std::back_inserter(text), " {} x {} not started,", some.count, some.event_name);
  }
  for (const Left& some : stopped) {
    fmt::format_to(std::back_inserter(text), " {} x {} stopped while running,", some.count,
                   some.event_name);
  }
  text.pop_back();
  return text;
}

}  // namespace hermes::event

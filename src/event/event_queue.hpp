// The events queue: lanes, bounds, fairness, admission, outcomes.
//
// Events of one source form a lane and run one after the other; lanes run in parallel. A lane
// exists only while it has events. What runs next is chosen when a worker is free: applications in
// weighted turns, within an application its lanes in turns. An event needs a permit of its
// application and one of the engine to start.
#pragma once

#include "base/executor.hpp"
#include "base/random.hpp"
#include "event/event.hpp"
#include "event/handler.hpp"
#include "event/limits.hpp"
#include "event/outcome.hpp"
#include "event/push.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::event {

class EventQueue;
struct QueueState;
struct ApplicationState;

/// Sees everything that happens to events: for logs and metrics. Called on worker threads
/// (on_refused: on the producer's), concurrently, without a lock held. Must not block.
class EventObserver {
 public:
  /// One call has ended.
  virtual void on_handled(const EventTarget& target, const EventPayload& payload,
                          const HandlerReport& report) = 0;
  /// An event is over; its payload has been told.
  virtual void on_finished(const EventTarget& target, const EventPayload& payload,
                           const EventSummary& summary) = 0;
  /// An event was not accepted: its producer is told, or a producer that waited is, just after
  /// this.
  virtual void on_refused(const EventTarget& target, const EventPayload& payload,
                          const Refusal& refusal) = 0;

 protected:
  ~EventObserver() = default;
};

/// A moment's figures of one application.
struct ApplicationStats {
  /// Accepted and not over yet; of these, running.
  std::size_t events = 0;
  std::size_t running = 0;
  /// Of these: events that have used up their time slice and wait for the next one.
  std::size_t preempted = 0;
  std::size_t lanes = 0;
  /// Producers that wait for room.
  std::size_t waiting_producers = 0;
  /// Since the application was added. At any moment accepted = outcomes.total() + events.
  std::uint64_t accepted = 0;
  /// Without those that no module handles.
  std::uint64_t refused = 0;
  OutcomeCounts outcomes;
};

/// A moment's figures of one source that has events.
struct LaneStats {
  /// Of the event that it began with.
  EventKind kind{};
  /// The same for the same source as long as the queue lives; none: its event is not ordered.
  std::optional<std::uint64_t> source{};
  bool running = false;
  /// Events that have not started.
  std::size_t waiting = 0;
  /// Since its oldest event was pushed.
  Duration oldest{0};
};

/// A moment's figures of the whole queue.
struct QueueStats {
  std::size_t applications = 0;
  std::size_t events = 0;
  std::size_t running = 0;
  std::size_t lanes = 0;
  /// The bounds of `events` and `running`.
  std::size_t max_events = 0;
  std::size_t max_running = 0;
};

/// What a shutdown left behind.
struct DrainReport {
  struct Left {
    std::string event_name;
    std::uint64_t count;
  };
  std::string application;
  /// Events that had not started, and events that were stopped while they ran, by name. Empty:
  /// everything finished.
  std::vector<Left> not_started;
  std::vector<Left> stopped;

  [[nodiscard]] bool clean() const { return not_started.empty() && stopped.empty(); }
  /// A sentence for people.
  [[nodiscard]] std::string message() const;
};

/// One application's part of the queue. All functions may be called from any thread.
///
/// It begins in state holding: events are accepted within the bounds and wait; only lifecycle
/// events run.
class ApplicationQueue {
 public:
  /// Aborts while events of it are left: drain first.
  ~ApplicationQueue();
  ApplicationQueue(const ApplicationQueue&) = delete;
  ApplicationQueue& operator=(const ApplicationQueue&) = delete;

  /// Puts an event into the queue, or says why not. `request.payload` is taken only if the event is
  /// accepted. Events of one source that one thread pushes keep the order in which it pushes them.
  PushResult push(PushRequest& request);
  PushResult push(PushRequest&& request) { return push(request); }

  /// The same, but waits for room: nullopt means that `waiter` waits, and waiter.on_pushed will
  /// tell. Refused at once only where waiting is pointless (kStopping, kNoHandler).
  std::optional<PushResult> push_or_wait(PushWaiter& waiter);
  /// Takes a waiter back, with its request. false: it was not waiting; on_pushed has been called or
  /// is just about to be.
  bool cancel_wait(PushWaiter& waiter);

  /// Stops the handlers of an event that was pushed here, if they run, with outcome kRefused: a
  /// call that waits at once, one that computes when its time slice is over. Does nothing before it
  /// starts, when EventPayload::withdrawn is asked, and after its end. `payload` is alive, by other
  /// means than that the queue has it.
  void withdraw(EventPayload& payload);

  /// All modules are initialised: what waits may run. Once.
  void open();

  /// Stops the application: nothing is accepted from now on, producers that wait are refused; what
  /// is queued and what runs has `grace` to finish. Then what has not started is dropped, and what
  /// runs is stopped. Events held since before open() are dropped at once. `done` is called once,
  /// on a worker thread, when nothing is left; after that the queue uses neither the target nor its
  /// handlers. Once.
  void drain(Duration grace, std::function<void(const DrainReport&)> done);

  [[nodiscard]] ApplicationStats stats() const;
  /// Up to `most` lanes that run and up to `most` of those that come next, the longest first: so
  /// that looking takes a bounded time, however many lanes there are.
  [[nodiscard]] std::vector<LaneStats> lanes(std::size_t most) const;
  [[nodiscard]] EventQueue& queue() const;
  [[nodiscard]] const EventTarget& target() const;

 private:
  friend class EventQueue;
  ApplicationQueue(EventQueue& queue, std::unique_ptr<ApplicationState> state);

  EventQueue& queue_;
  std::unique_ptr<ApplicationState> state_;
};

/// The engine's one events queue. Runs on any executor that takes work from it as a WorkSource.
class EventQueue final : public WorkSource {
 public:
  /// `executor` is told when there is work, and runs what wakes up; it must outlive the queue.
  /// `random` makes the secret of the sources' hash. `observer` may be nullptr and must outlive the
  /// queue.
  EventQueue(const QueueLimits& limits, Executor& executor, Random& random,
             EventObserver* observer = nullptr);
  /// Aborts while an application is left. No executor may be running it any more (stop the worker
  /// pool first).
  ~EventQueue() override;
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  /// Gives an application its part of the queue. `target` must live until that part has been
  /// drained.
  std::unique_ptr<ApplicationQueue> add_application(const EventTarget& target,
                                                    const ApplicationLimits& limits);

  /// The source named `key` within `space`. Each extension uses the kind of (one of) its events as
  /// space, so that extensions never meet.
  [[nodiscard]] SourceKey source(EventKind space, std::string_view key) const;

  [[nodiscard]] QueueStats stats() const;

  // WorkSource
  bool run_one(Executor& here) override;
  [[nodiscard]] bool has_work() const override;
  bool run_background(Executor& here) override;
  [[nodiscard]] bool has_background_work() const override;

 private:
  friend class ApplicationQueue;
  std::unique_ptr<QueueState> state_;
};

}  // namespace hermes::event

// The events queue in a world of random applications, sources, durations, failures, waits and
// stops, which checks what must hold at each point of an event's life. The seed decides everything.
#pragma once

#include "event/event_queue.hpp"
#include "event/testing/plain_handler.hpp"
#include "event/testing/simulation.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace hermes::event::testing {

class Probe;
class Producer;

/// What is known of the events of one source.
struct SeenLane {
  std::uint64_t accepted = 0;
  std::uint64_t finished = 0;
  std::vector<int> accepted_order;
  std::vector<int> finished_order;
  int active = 0;
};

/// What was seen of one application, by the payloads of its events and by the queue's observer.
struct Seen {
  OutcomeCounts told;
  OutcomeCounts observed;
  std::uint64_t refused_to_producers = 0;
  std::uint64_t refused_observed = 0;
  std::uint64_t calls_told = 0;
  std::uint64_t calls_observed = 0;
};

struct App {
  std::string name;
  ApplicationLimits limits;
  std::unique_ptr<PlainTarget> target;
  std::vector<std::unique_ptr<PlainHandler>> handlers;
  std::unique_ptr<ApplicationQueue> queue;
  std::map<std::string, SeenLane> lanes;
  std::uint64_t accepted = 0;
  std::uint64_t finished = 0;
  std::uint64_t dropped = 0;
  Seen seen;
  int running = 0;
  bool open = false;
  bool draining = false;
  bool drained = false;
};

struct FunctionTimer final : Timer {
  explicit FunctionTimer(std::function<void()> its_body) : body(std::move(its_body)) {}
  void on_time(Executor&) override { body(); }
  std::function<void()> body;
};

/// Random applications with producers, on one simulated executor, all from one seed. Expectations
/// of GoogleTest fail where something does not hold.
struct RandomWorld final : EventObserver {
  explicit RandomWorld(std::uint64_t seed);
  RandomWorld(const RandomWorld&) = delete;
  RandomWorld& operator=(const RandomWorld&) = delete;
  ~RandomWorld();

  /// Until nothing is left to do. Once.
  void run();
  void make_app(int index);
  void check_counts(const App& app) const;

  // EventObserver
  void on_handled(const EventTarget&, const EventPayload& payload, const HandlerReport&) override;
  void on_finished(const EventTarget&, const EventPayload& payload,
                   const EventSummary& summary) override;
  void on_refused(const EventTarget&, const EventPayload& payload, const Refusal&) override;
  void at(Duration when, std::function<void()> body) {
    timers.push_back(std::make_unique<FunctionTimer>(std::move(body)));
    simulation.executor.schedule(*timers.back(), simulation.executor.now() + when);
  }
  Duration up_to(Duration most) { return Duration{random.between(0, most.count())}; }
  PlainRun script(const CallRequest& request);
  /// Takes the event with this number back, if there is one.
  void withdraw(int number);

  Simulation simulation;
  SeededRandom& random;
  const std::size_t max_running;
  std::vector<std::unique_ptr<App>> apps;
  std::vector<std::unique_ptr<Producer>> producers;
  std::vector<std::unique_ptr<FunctionTimer>> timers;
  /// All payloads, by their numbers.
  std::map<int, Probe*> probes;
  int numbers = 0;
  int running = 0;
};

}  // namespace hermes::event::testing

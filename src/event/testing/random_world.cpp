#include "event/testing/random_world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

namespace hermes::event::testing {

using namespace std::chrono_literals;

namespace {

constexpr EventKind kEvent{1};
constexpr EventKind kInit{2};

}  // namespace

/// One event: knows its lane and checks what must hold at each point of its life.
class Probe final : public EventPayload {
 public:
  Probe(RandomWorld& world, App& app, std::string source, int number, EventKind kind)
      : world_(world), app_(app), source_(std::move(source)), number_(number), kind_(kind) {
    world_.probes[number_] = this;
  }
  ~Probe() override { world_.probes.erase(number_); }

  [[nodiscard]] EventKind kind() const override { return kind_; }
  [[nodiscard]] std::string_view event_name() const override { return "probe"; }
  [[nodiscard]] App& app() const { return app_; }
  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] const std::string& source() const { return source_; }

  bool withdrawn() override;
  wasm::ExportCall& prepare(const wasm::ExportFunc&) override { std::abort(); }
  void handled(const HandlerReport& report) override;
  void finished(const EventSummary& summary) override;

  void accepted();
  void withdraw() {
    taken_back_ = true;
    app_.queue->withdraw(*this);
  }

 private:
  [[nodiscard]] SeenLane* lane() { return source_.empty() ? nullptr : &app_.lanes[source_]; }

  RandomWorld& world_;
  App& app_;
  std::string source_;
  int number_;
  EventKind kind_;
  bool started_ = false;
  bool finished_ = false;
  bool taken_back_ = false;
  std::uint32_t handled_ = 0;
};

/// A producer that pushes, or waits, again and again at random moments.
class Producer final : public Timer, public PushWaiter {
 public:
  Producer(RandomWorld& world, App& app, int events) : world_(world), app_(app), left_(events) {}
  void on_time(Executor& here) override;
  void on_pushed(PushResult result) override;
  void schedule_next();

 private:
  void settle(Probe& probe, const PushResult& result);

  RandomWorld& world_;
  App& app_;
  int left_;
  Probe* waiting_ = nullptr;
};

RandomWorld::RandomWorld(std::uint64_t seed)
    : simulation(seed, {.max_events = 1 + seed % 60, .max_running = 1 + seed % 7}, this),
      random(simulation.executor.random()),
      max_running(1 + seed % 7) {}

RandomWorld::~RandomWorld() = default;

void Probe::accepted() {
  ++app_.accepted;
  if (SeenLane* its = lane()) {
    ++its->accepted;
    its->accepted_order.push_back(number_);
  }
}

bool Probe::withdrawn() {
  EXPECT_FALSE(started_);
  EXPECT_FALSE(finished_);
  started_ = true;
  EXPECT_TRUE(app_.open || kind_ == kInit) << "ran before its application was ready";
  EXPECT_LE(static_cast<std::size_t>(++app_.running), app_.limits.max_running);
  EXPECT_LE(static_cast<std::size_t>(++world_.running), world_.max_running);
  if (SeenLane* its = lane()) {
    EXPECT_EQ(++its->active, 1) << "two events of one source at the same time";
  }
  if (world_.random.chance(1, 50)) taken_back_ = true;
  return taken_back_;
}

void RandomWorld::withdraw(int number) {
  if (const auto found = probes.find(number); found != probes.end()) found->second->withdraw();
}

void RandomWorld::on_handled(const EventTarget& target, const EventPayload& payload,
                             const HandlerReport&) {
  App& app = static_cast<const Probe&>(payload).app();
  EXPECT_EQ(&target, app.target.get());
  ++app.seen.calls_observed;
  EXPECT_EQ(app.seen.calls_observed, app.seen.calls_told) << "the payload is told first";
}

void RandomWorld::on_finished(const EventTarget&, const EventPayload& payload,
                              const EventSummary& summary) {
  App& app = static_cast<const Probe&>(payload).app();
  ++app.seen.observed[summary.outcome];
  EXPECT_EQ(app.seen.observed[summary.outcome], app.seen.told[summary.outcome])
      << "the payload is told first, and the same";
}

void RandomWorld::on_refused(const EventTarget&, const EventPayload& payload, const Refusal&) {
  ++static_cast<const Probe&>(payload).app().seen.refused_observed;
}

void RandomWorld::check_counts(const App& app) const {
  const ApplicationStats stats = app.queue->stats();
  EXPECT_EQ(stats.outcomes.total() + stats.events, stats.accepted) << "at every moment";
  EXPECT_LE(stats.running, stats.events);
  EXPECT_LE(stats.lanes, stats.events);
}

void Probe::handled(const HandlerReport& report) {
  ++app_.seen.calls_told;
  EXPECT_TRUE(started_);
  EXPECT_FALSE(finished_);
  ++handled_;
  EXPECT_EQ(report.failure == nullptr, report.outcome == Outcome::kCompleted);
  if (report.outcome == Outcome::kDeadline) {
    EXPECT_GE(report.ran, app_.limits.call_deadline);
  }
}

void Probe::finished(const EventSummary& summary) {
  EXPECT_FALSE(finished_) << "finished twice";
  finished_ = true;
  ++app_.finished;
  ++app_.seen.told[summary.outcome];
  world_.check_counts(app_);
  if (summary.outcome == Outcome::kDropped) {
    ++app_.dropped;
    EXPECT_TRUE(app_.draining);
  } else if (summary.outcome == Outcome::kRefused) {
    EXPECT_TRUE(taken_back_);
  } else if (!taken_back_) {
    EXPECT_EQ(handled_, app_.handlers.size());
  }
  if (started_) {
    --app_.running;
    --world_.running;
  }
  if (SeenLane* its = lane()) {
    if (started_) --its->active;
    ++its->finished;
    its->finished_order.push_back(number_);
  }
}

void Producer::settle(Probe& probe, const PushResult& result) {
  if (result) {
    probe.accepted();
    EXPECT_FALSE(app_.draining);
  } else {
    ++app_.seen.refused_to_producers;
  }
  // A refused payload is still the request's, and goes with it.
  request.payload.reset();
}

void Producer::schedule_next() {
  if (left_-- > 0) {
    world_.simulation.executor.schedule(*this,
                                        world_.simulation.executor.now() + world_.up_to(4ms));
  }
}

void Producer::on_time(Executor&) {
  const std::string source =
      world_.random.chance(1, 5) ? std::string() : std::to_string(world_.random.below(4));
  auto* probe = new Probe(world_, app_, source, world_.numbers++, kEvent);
  if (world_.random.chance(1, 8)) {
    world_.at(world_.up_to(6ms),
              [&world = world_, number = probe->number()] { world.withdraw(number); });
  }
  request.payload = PayloadPtr(probe);
  request.source =
      source.empty() ? SourceKey::unordered() : world_.simulation.queue.source(kEvent, source);
  if (world_.random.chance(1, 3)) {
    waiting_ = probe;
    if (std::optional<PushResult> result = app_.queue->push_or_wait(*this)) {
      settle(*probe, *result);
    } else {
      return;
    }
  } else {
    settle(*probe, app_.queue->push(request));
  }
  schedule_next();
}

void Producer::on_pushed(PushResult result) {
  settle(*std::exchange(waiting_, nullptr), result);
  schedule_next();
}

PlainRun RandomWorld::script(const CallRequest& request) {
  auto& probe = static_cast<Probe&>(request.payload);
  if (SeenLane* its = probe.source().empty() ? nullptr : &probe.app().lanes[probe.source()]) {
    EXPECT_EQ(its->accepted_order.at(its->finished), probe.number())
        << "not the oldest of its source";
  }
  PlainRun run;
  run.yields = static_cast<unsigned>(random.chance(1, 4) ? random.below(4) : 0);
  if (random.chance(1, 60)) run.yields = 100'000;
  run.at_yield = [this] { simulation.executor.manual_clock().advance(up_to(2ms)); };
  if (random.chance(1, 2)) run.takes = up_to(3ms);
  if (random.chance(1, 40)) run.takes = Duration::max();
  static constexpr Outcome kOutcomes[] = {Outcome::kCompleted, Outcome::kCompleted,
                                          Outcome::kTrapped, Outcome::kLimit};
  run.outcome = kOutcomes[random.below(4)];
  return run;
}

void RandomWorld::make_app(int index) {
  apps.push_back(std::make_unique<App>());
  App& app = *apps.back();
  app.name = "app" + std::to_string(index);
  app.limits = {.max_events_per_lane = 1 + random.below(8),
                .max_events = 1 + random.below(20),
                .max_running = 1 + random.below(5),
                .weight = static_cast<std::uint32_t>(1 + random.below(3)),
                .call_deadline = 1ms + up_to(20ms),
                .wait_deadline = Duration{0}};
  app.target = std::make_unique<PlainTarget>(app.name);
  for (std::uint64_t i = 0; i <= random.below(3); ++i) {
    app.handlers.push_back(std::make_unique<PlainHandler>(
        "m" + std::to_string(i), simulation.executor,
        [this](const CallRequest& request) { return script(request); }));
    app.target->add(kEvent, *app.handlers.back());
    app.target->add(kInit, *app.handlers.back());
  }
  app.queue = simulation.queue.add_application(*app.target, app.limits);

  at(up_to(5ms), [this, &app] {
    if (app.draining) return;
    auto* init = new Probe(*this, app, "init", numbers++, kInit);
    PushRequest request{.payload = PayloadPtr(init), .delivery = Delivery::kLifecycle};
    if (app.queue->push(request)) {
      init->accepted();
    } else {
      ++app.seen.refused_to_producers;
    }
  });
  at(2ms + up_to(8ms), [&app] {
    if (app.draining) return;
    app.open = true;
    app.queue->open();
  });
  at(up_to(150ms), [this, &app] {
    app.draining = true;
    app.queue->drain(up_to(40ms), [&app](const DrainReport& report) {
      EXPECT_FALSE(app.drained);
      app.drained = true;
      std::uint64_t left = 0;
      for (const auto& some : report.not_started) left += some.count;
      for (const auto& some : report.stopped) left += some.count;
      EXPECT_EQ(left, app.dropped);
    });
  });
  for (std::uint64_t i = 0; i <= random.below(3); ++i) {
    producers.push_back(std::make_unique<Producer>(*this, app, static_cast<int>(random.below(60))));
    producers.back()->schedule_next();
  }
}

void RandomWorld::run() {
  for (std::uint64_t i = 0; i <= random.below(4); ++i) make_app(static_cast<int>(i));
  ASSERT_TRUE(simulation.executor.run_until_idle(2'000'000));
  EXPECT_EQ(simulation.queue.stats().events, 0U);
  EXPECT_EQ(simulation.queue.stats().lanes, 0U);
  EXPECT_EQ(simulation.queue.stats().running, 0U);
  for (const auto& app : apps) {
    SCOPED_TRACE(app->name);
    EXPECT_TRUE(app->drained);
    EXPECT_EQ(app->accepted, app->finished) << "lost, or done twice";
    const ApplicationStats stats = app->queue->stats();
    EXPECT_EQ(stats.accepted, app->accepted);
    EXPECT_EQ(stats.outcomes.total(), app->accepted);
    EXPECT_EQ(stats.outcomes[Outcome::kDropped], app->dropped);
    EXPECT_EQ(stats.outcomes.count, app->seen.told.count) << "each in the outcome it was told";
    EXPECT_EQ(stats.outcomes.count, app->seen.observed.count);
    EXPECT_EQ(stats.refused, app->seen.refused_to_producers);
    EXPECT_EQ(stats.refused, app->seen.refused_observed);
    EXPECT_EQ(app->seen.calls_told, app->seen.calls_observed);
    EXPECT_EQ(stats.waiting_producers, 0U);
    for (const auto& handler : app->handlers) EXPECT_EQ(handler->under_way(), 0U);
    for (auto& [source, lane] : app->lanes) {
      // Their order was checked when they started; what was dropped may end before the one that
      // still ran.
      std::ranges::sort(lane.accepted_order);
      std::ranges::sort(lane.finished_order);
      EXPECT_EQ(lane.accepted_order, lane.finished_order) << source;
    }
    app->queue.reset();
  }
}

}  // namespace hermes::event::testing

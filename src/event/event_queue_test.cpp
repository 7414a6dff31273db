#include "event/event_queue.hpp"

#include "event/testing/plain_handler.hpp"
#include "event/testing/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace hermes::event {
namespace {

using ::testing::ElementsAre;
using testing::PlainHandler;
using testing::PlainPayload;
using testing::PlainRun;
using testing::PlainTarget;
using testing::Simulation;
using namespace std::chrono_literals;

constexpr EventKind kTick{1};
constexpr EventKind kOther{2};

/// A payload with a number that says how it ended.
struct Numbered : PlainPayload {
  Numbered(int its_number, std::vector<std::string>& its_log, EventKind kind = kTick)
      : PlainPayload(kind, [this](const EventSummary& end) { note(end); }),
        number(its_number),
        log(its_log) {}
  void note(const EventSummary& end) {
    log.push_back(std::to_string(number) + " " + std::string(to_string(end.outcome)));
    summary = end;
  }
  bool withdrawn() override { return is_withdrawn; }
  int number;
  std::vector<std::string>& log;
  std::optional<EventSummary> summary;
  bool is_withdrawn = false;
};

int number_of(const CallRequest& request) { return static_cast<Numbered&>(request.payload).number; }

/// One application with one handler, in virtual time.
class EventQueueTest : public ::testing::Test {
 protected:
  void SetUp() override { target_.add(kTick, handler_); }
  void TearDown() override {
    if (application_) simulation_.drain(*application_);
  }

  ApplicationQueue& add(const ApplicationLimits& limits = {}, bool open = true) {
    application_ = simulation_.queue.add_application(target_, limits);
    if (open) application_->open();
    return *application_;
  }
  PushRequest numbered(int number, std::string_view source = "", EventKind kind = kTick) {
    return {.payload = make_payload<Numbered>(number, log_, kind),
            .source =
                source.empty() ? SourceKey::unordered() : simulation_.queue.source(kTick, source)};
  }
  Duration elapsed() { return simulation_.executor.now() - ManualClock::kSteadyStart; }

  PlainRun run_script(const CallRequest& request) {
    if (const auto* payload = dynamic_cast<Numbered*>(&request.payload))
      started_.push_back(payload->number);
    return script_ ? script_(request) : PlainRun{};
  }

  Simulation simulation_{1};
  PlainTarget target_{"app"};
  std::function<PlainRun(const CallRequest&)> script_;
  PlainHandler handler_{"module", simulation_.executor,
                        [this](const CallRequest& request) { return run_script(request); }};
  std::vector<int> started_;
  std::vector<std::string> log_;
  std::unique_ptr<ApplicationQueue> application_;
};

TEST_F(EventQueueTest, LanesAreShownTheLongestFirstAndNeverMoreThanAsked) {
  add({.max_running = 2});
  script_ = [](const CallRequest&) { return PlainRun{.takes = 1s}; };
  EXPECT_TRUE(application_->lanes(10).empty());
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(application_->push(numbered(i, "long")));
  ASSERT_TRUE(application_->push(numbered(4)));
  simulation_.executor.run_for(100ms);
  for (int i = 0; i < 100; ++i) {
    ASSERT_TRUE(application_->push(numbered(100 + i, std::to_string(i))));
  }
  const std::vector<LaneStats> lanes = application_->lanes(10);
  ASSERT_EQ(lanes.size(), 12);
  EXPECT_TRUE(lanes[0].running);
  EXPECT_EQ(lanes[0].waiting, 3);
  EXPECT_EQ(lanes[0].oldest, 100ms);
  EXPECT_EQ(lanes[0].kind, kTick);
  EXPECT_TRUE(lanes[0].source);
  EXPECT_EQ(std::ranges::count_if(lanes, &LaneStats::running), 2);
  EXPECT_EQ(std::ranges::count_if(lanes, [](const auto& lane) { return !lane.source; }), 1);
  for (const LaneStats& lane : lanes) {
    EXPECT_EQ(lane.oldest, lane.running ? 100ms : 0ms);
  }
  EXPECT_EQ(application_->lanes(1).size(), 2);
  EXPECT_TRUE(application_->lanes(0).empty());
}

TEST_F(EventQueueTest, EventsOfOneSourceRunInOrderAndOneAfterTheOther) {
  add();
  script_ = [](const CallRequest&) { return PlainRun{.takes = 10ms}; };
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(application_->push(numbered(i, "s")));
  EXPECT_EQ(application_->stats().lanes, 1U);
  simulation_.executor.run_for(25ms);
  EXPECT_THAT(started_, ElementsAre(0, 1, 2));
  EXPECT_THAT(log_, ElementsAre("0 completed", "1 completed"));
  simulation_.executor.run_for(25ms);
  EXPECT_THAT(started_, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(application_->stats().events, 0U);
  EXPECT_EQ(application_->stats().lanes, 0U) << "a lane is gone with its last event";
}

TEST_F(EventQueueTest, SourcesRunInParallel) {
  add();
  script_ = [](const CallRequest&) { return PlainRun{.takes = 10ms}; };
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(application_->push(numbered(i, std::to_string(i % 10))));
  for (int i = 20; i < 30; ++i) ASSERT_TRUE(application_->push(numbered(i)));
  simulation_.executor.run_for(10ms);
  EXPECT_EQ(log_.size(), 20U);
  simulation_.executor.run_for(10ms);
  EXPECT_EQ(log_.size(), 30U);
}

TEST_F(EventQueueTest, SourcesAreNamesWithinASpace) {
  const EventQueue& queue = simulation_.queue;
  EXPECT_TRUE(queue.source(kTick, "a") == queue.source(kTick, "a"));
  EXPECT_FALSE(queue.source(kTick, "a") == queue.source(kTick, "b"));
  EXPECT_FALSE(queue.source(kTick, "a") == queue.source(kOther, "a"));
  EXPECT_FALSE(queue.source(kTick, "") == SourceKey::unordered());
}

TEST_F(EventQueueTest, TwoApplicationsNeverShareALane) {
  PlainTarget other_target("other");
  other_target.add(kTick, handler_);
  const auto other = simulation_.queue.add_application(other_target, {});
  other->open();
  add();
  script_ = [](const CallRequest&) { return PlainRun{.takes = 10ms}; };
  ASSERT_TRUE(application_->push(numbered(1, "same")));
  ASSERT_TRUE(other->push(numbered(2, "same")));
  simulation_.executor.run_for(10ms);
  EXPECT_EQ(log_.size(), 2U);
  simulation_.drain(*other);
}

TEST_F(EventQueueTest, BoundsRefuseWithTheBoundAndLeaveThePayload) {
  add({.max_events_per_lane = 2, .max_events = 3}, false);
  ASSERT_TRUE(application_->push(numbered(1, "s")));
  ASSERT_TRUE(application_->push(numbered(2, "s")));

  PushRequest request = numbered(3, "s");
  const PushResult lane_full = application_->push(request);
  ASSERT_FALSE(lane_full);
  EXPECT_EQ(lane_full.error().reason, RefusalReason::kLaneFull);
  EXPECT_EQ(lane_full.error().bound, 2U);
  EXPECT_EQ(lane_full.error().to_error().code, ErrorCode::kLimit);
  ASSERT_NE(request.payload, nullptr);

  request.source = simulation_.queue.source(kTick, "t");
  ASSERT_TRUE(application_->push(request));
  EXPECT_EQ(request.payload, nullptr);

  const PushResult full = application_->push(numbered(4, "u"));
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().reason, RefusalReason::kApplicationFull);
  EXPECT_EQ(full.error().bound, 3U);
  EXPECT_EQ(application_->stats().refused, 2U);

  application_->open();
  simulation_.executor.run_ready();
  EXPECT_EQ(log_.size(), 3U);
  EXPECT_TRUE(application_->push(numbered(5, "s"))) << "there is room again";
}

TEST_F(EventQueueTest, TheEngineHasABoundOfItsOwn) {
  Simulation small(1, {.max_events = 2});
  const auto only = small.queue.add_application(target_, {});
  ASSERT_TRUE(only->push({.payload = make_payload<Numbered>(1, log_)}));
  ASSERT_TRUE(only->push({.payload = make_payload<Numbered>(2, log_)}));
  const PushResult full = only->push({.payload = make_payload<Numbered>(3, log_)});
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().reason, RefusalReason::kEngineFull);
  EXPECT_EQ(full.error().bound, 2U);
  small.drain(*only);
}

TEST_F(EventQueueTest, WhatNobodyHandlesIsRefused) {
  add();
  const PushResult result = application_->push(numbered(1, "s", kOther));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, RefusalReason::kNoHandler);
  EXPECT_EQ(result.error().to_error().code, ErrorCode::kNotFound);
}

struct Waiter final : PushWaiter {
  void on_pushed(PushResult its_result) override { result = its_result; }
  std::optional<PushResult> result;
};

TEST_F(EventQueueTest, ProducersMayWaitForRoomInTurn) {
  add({.max_events = 1});
  script_ = [](const CallRequest&) { return PlainRun{.takes = 10ms}; };
  Waiter first;
  Waiter second;
  Waiter third;
  first.request = numbered(1);
  second.request = numbered(2);
  third.request = numbered(3);
  const std::optional<PushResult> at_once = application_->push_or_wait(first);
  ASSERT_TRUE(at_once.has_value());
  EXPECT_TRUE(at_once->has_value());
  EXPECT_FALSE(application_->push_or_wait(second).has_value());
  EXPECT_FALSE(application_->push_or_wait(third).has_value());
  EXPECT_EQ(application_->stats().waiting_producers, 2U);
  EXPECT_FALSE(first.result.has_value()) << "told by the return value";

  simulation_.executor.run_for(10ms);
  ASSERT_TRUE(second.result.has_value());
  EXPECT_TRUE(second.result->has_value());
  EXPECT_FALSE(third.result.has_value());
  EXPECT_TRUE(application_->cancel_wait(third));
  EXPECT_FALSE(application_->cancel_wait(third));
  EXPECT_NE(third.request.payload, nullptr);
  simulation_.executor.run_for(1s);
  EXPECT_THAT(log_, ElementsAre("1 completed", "2 completed"));
}

TEST_F(EventQueueTest, ProducersThatWaitForTheEngineAreServedAcrossApplications) {
  Simulation small(3, {.max_events = 1});
  std::vector<std::unique_ptr<ApplicationQueue>> applications;
  std::vector<std::unique_ptr<Waiter>> waiters;
  for (int i = 0; i < 20; ++i) {
    applications.push_back(small.queue.add_application(target_, {}));
    applications.back()->open();
    waiters.push_back(std::make_unique<Waiter>());
    waiters.back()->request.payload = make_payload<Numbered>(i, log_);
    applications.back()->push_or_wait(*waiters.back());
  }
  small.executor.run_ready();
  EXPECT_EQ(log_.size(), 20U);
  for (const auto& one : applications) small.drain(*one);
}

TEST_F(EventQueueTest, NothingRunsBeforeTheApplicationIsOpenExceptItsStart) {
  add({}, false);
  ASSERT_TRUE(application_->push(numbered(1, "s")));
  PushRequest init = numbered(2, "s");
  init.delivery = Delivery::kLifecycle;
  ASSERT_TRUE(application_->push(init));
  simulation_.executor.run_ready();
  EXPECT_THAT(log_, ElementsAre("2 completed"));
  application_->open();
  simulation_.executor.run_ready();
  EXPECT_THAT(log_, ElementsAre("2 completed", "1 completed"));
}

TEST_F(EventQueueTest, HandlersRunInTheirOrderWhateverHappensToOneOfThem) {
  std::vector<std::string> order;
  const auto scripted = [&](const std::string& name, Outcome outcome) {
    return std::make_unique<PlainHandler>(
        name, simulation_.executor, [&order, name, outcome](const CallRequest&) {
          order.push_back(name);
          return PlainRun{.takes = 1ms, .outcome = outcome, .message = "why"};
        });
  };
  const auto first = scripted("first", Outcome::kCompleted);
  const auto second = scripted("second", Outcome::kTrapped);
  const auto third = scripted("third", Outcome::kLimit);
  for (const auto* one : {&first, &second, &third}) target_.add(kOther, **one);
  add();
  std::optional<EventSummary> summary;
  ASSERT_TRUE(application_->push({.payload = make_payload<PlainPayload>(
                                      kOther, [&](const EventSummary& end) { summary = end; })}));
  simulation_.executor.run_for(10ms);
  EXPECT_THAT(order, ElementsAre("first", "second", "third"));
  ASSERT_TRUE(summary.has_value());
  EXPECT_EQ(summary->outcome, Outcome::kTrapped) << "the first that did not complete";
  EXPECT_EQ(summary->handlers, 3U);
  EXPECT_EQ(summary->completed, 1U);
  EXPECT_EQ(summary->ran, 3ms);
}

TEST_F(EventQueueTest, OneModuleCanBeChosen) {
  PlainHandler chosen("chosen", simulation_.executor,
                      [](const CallRequest&) { return PlainRun{}; });
  add();
  PushRequest request = numbered(1);
  request.only = &chosen;
  ASSERT_TRUE(application_->push(request));
  simulation_.executor.run_ready();
  EXPECT_EQ(chosen.begun(), 1U);
  EXPECT_TRUE(started_.empty());
}

TEST_F(EventQueueTest, ACallThatWaitsIsStoppedAtItsDeadline) {
  add({.call_deadline = 50ms});
  script_ = [](const CallRequest& request) {
    return number_of(request) == 1 ? PlainRun{.takes = Duration::max()} : PlainRun{.takes = 49ms};
  };
  ASSERT_TRUE(application_->push(numbered(1, "s")));
  ASSERT_TRUE(application_->push(numbered(2, "s")));
  simulation_.executor.run_for(50ms - 1ns);
  EXPECT_TRUE(log_.empty());
  simulation_.executor.run_for(1ns);
  EXPECT_THAT(log_, ElementsAre("1 deadline"));
  simulation_.executor.run_for(49ms);
  EXPECT_THAT(log_, ElementsAre("1 deadline", "2 completed"));
  EXPECT_EQ(handler_.under_way(), 0U);
}

TEST_F(EventQueueTest, ACallThatNeverWaitsIsStoppedAtItsDeadline) {
  add();
  script_ = [this](const CallRequest& request) {
    if (number_of(request) != 1) return PlainRun{};
    return PlainRun{.yields = 1'000'000,
                    .at_yield = [this] { simulation_.executor.manual_clock().advance(2ms); }};
  };
  PushRequest endless = numbered(1);
  endless.call_deadline = 100ms;
  ASSERT_TRUE(application_->push(endless));
  ASSERT_TRUE(application_->push(numbered(2)));
  simulation_.executor.run_ready();
  EXPECT_THAT(log_, ElementsAre("2 completed", "1 deadline")) << "others go on meanwhile";
  EXPECT_EQ(elapsed(), 100ms);
}

TEST_F(EventQueueTest, EveryHandlerHasItsOwnDeadline) {
  PlainHandler endless("endless", simulation_.executor,
                       [](const CallRequest&) { return PlainRun{.takes = Duration::max()}; });
  PlainHandler good("good", simulation_.executor,
                    [](const CallRequest&) { return PlainRun{.takes = 40ms}; });
  target_.add(kOther, endless);
  target_.add(kOther, good);
  add({.call_deadline = 50ms});
  ASSERT_TRUE(application_->push(numbered(1, "s", kOther)));
  simulation_.executor.run_for(90ms);
  EXPECT_EQ(good.begun(), 1U);
  EXPECT_EQ(good.under_way(), 0U);
  EXPECT_THAT(log_, ElementsAre("1 deadline"));
}

TEST_F(EventQueueTest, WaitingMayHaveADeadlineToo) {
  add({.max_running = 1, .wait_deadline = 15ms});
  script_ = [](const CallRequest&) { return PlainRun{.takes = 10ms}; };
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(application_->push(numbered(i, "s")));
  simulation_.executor.run_for(100ms);
  EXPECT_THAT(log_, ElementsAre("0 completed", "1 completed", "2 deadline"));
  EXPECT_THAT(started_, ElementsAre(0, 1));
}

TEST_F(EventQueueTest, WhatIsWithdrawnDoesNotRun) {
  add();
  auto* payload = new Numbered(1, log_);
  payload->is_withdrawn = true;
  ASSERT_TRUE(application_->push({.payload = PayloadPtr(payload)}));
  simulation_.executor.run_ready();
  EXPECT_THAT(log_, ElementsAre("1 refused"));
  EXPECT_TRUE(started_.empty());
}

TEST_F(EventQueueTest, WhatIsWithdrawnWhileItRunsIsStopped) {
  struct Case {
    const char* what;
    PlainRun run;
    /// When it is withdrawn.
    Duration after;
    const char* end;
  };
  const auto computes = [this] { simulation_.executor.manual_clock().advance(2ms); };
  const Case cases[] = {
      {"waits", {.takes = Duration::max()}, 5ms, "1 refused"},
      {"computes", {.yields = 1'000'000, .at_yield = computes}, 5ms, "1 refused"},
      {"is over", {.takes = 1ms}, 5ms, "1 completed"},
  };
  for (const Case& each : cases) {
    SCOPED_TRACE(each.what);
    log_.clear();
    add();
    script_ = [&](const CallRequest& request) {
      return number_of(request) == 1 ? each.run : PlainRun{};
    };
    // The queue gives it back, and the test keeps it.
    struct Kept final : Numbered {
      using Numbered::Numbered;
      void release() noexcept override {}
    };
    Kept payload(1, log_);
    ASSERT_TRUE(application_->push(
        {.payload = PayloadPtr(&payload), .source = simulation_.queue.source(kTick, "s")}));
    ASSERT_TRUE(application_->push(numbered(2, "s")));
    struct Withdraw final : Timer {
      void on_time(Executor&) override { application->withdraw(*payload); }
      ApplicationQueue* application = nullptr;
      EventPayload* payload = nullptr;
    } withdraw;
    withdraw.application = application_.get();
    withdraw.payload = &payload;
    simulation_.executor.schedule(withdraw, simulation_.executor.now() + each.after);
    simulation_.executor.run_for(20ms);
    EXPECT_THAT(log_, ElementsAre(each.end, "2 completed"));
    EXPECT_EQ(handler_.under_way(), 0U);
    application_->withdraw(payload);
    simulation_.drain(*application_);
    application_.reset();
  }
}

TEST_F(EventQueueTest, NoHandlerRunsAfterTheOneThatWasWithdrawn) {
  PlainHandler endless("endless", simulation_.executor,
                       [](const CallRequest&) { return PlainRun{.takes = Duration::max()}; });
  PlainHandler next("next", simulation_.executor, [](const CallRequest&) { return PlainRun{}; });
  target_.add(kOther, endless);
  target_.add(kOther, next);
  add();
  auto* payload = new Numbered(1, log_, kOther);
  ASSERT_TRUE(application_->push({.payload = PayloadPtr(payload)}));
  simulation_.executor.run_for(1ms);
  application_->withdraw(*payload);
  simulation_.executor.run_for(1ms);
  EXPECT_THAT(log_, ElementsAre("1 refused"));
  EXPECT_EQ(next.begun(), 0U);
}

TEST_F(EventQueueTest, PermitsBoundWhatRunsAtTheSameTime) {
  Simulation small(1, {.max_running = 3});
  std::map<const EventTarget*, int> running;
  int total = 0;
  int most = 0;
  PlainTarget first("first");
  PlainTarget second("second");
  const auto make = [&](PlainTarget& its_target) {
    return std::make_unique<PlainHandler>("m", small.executor,
                                          [&, its = &its_target](const CallRequest&) {
                                            most = std::max(most, ++total);
                                            EXPECT_LE(++running[its], 2);
                                            EXPECT_LE(total, 3);
                                            return PlainRun{.takes = 1ms, .at_end = [&, its] {
                                                              --running[its];
                                                              --total;
                                                            }};
                                          });
  };
  const auto first_handler = make(first);
  const auto second_handler = make(second);
  first.add(kTick, *first_handler);
  second.add(kTick, *second_handler);
  const auto a = small.queue.add_application(first, {.max_running = 2});
  const auto b = small.queue.add_application(second, {.max_running = 2});
  a->open();
  b->open();
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(a->push({.payload = make_payload<Numbered>(i, log_)}));
    ASSERT_TRUE(b->push({.payload = make_payload<Numbered>(i, log_)}));
  }
  EXPECT_TRUE(small.executor.run_until_idle());
  EXPECT_EQ(log_.size(), 60U);
  EXPECT_EQ(most, 3);
  small.drain(*a);
  small.drain(*b);
}

TEST_F(EventQueueTest, ApplicationsTakeTurnsByWeight) {
  PlainTarget heavy_target("heavy");
  heavy_target.add(kTick, handler_);
  const auto heavy = simulation_.queue.add_application(heavy_target, {.weight = 3});
  add();
  for (int i = 0; i < 400; ++i) ASSERT_TRUE(heavy->push(numbered(1)));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(application_->push(numbered(2)));
  heavy->open();
  simulation_.executor.run_ready();
  ASSERT_EQ(started_.size(), 500U);
  for (std::size_t i = 0; i < 400; i += 40) {
    const auto first = started_.begin() + static_cast<std::ptrdiff_t>(i);
    EXPECT_NEAR(static_cast<double>(std::count(first, first + 40, 2)), 10, 3) << i;
  }
  simulation_.drain(*heavy);
}

TEST_F(EventQueueTest, AFloodDoesNotDelayAnotherApplication) {
  PlainTarget noisy_target("noisy");
  noisy_target.add(kTick, handler_);
  const auto noisy = simulation_.queue.add_application(noisy_target, {});
  noisy->open();
  add();
  for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(noisy->push(numbered(1, std::to_string(i % 100))));
  ASSERT_TRUE(application_->push(numbered(2)));
  for (int i = 0; i < 3; ++i) simulation_.executor.step();
  EXPECT_THAT(started_, ::testing::Contains(2));
  simulation_.executor.run_ready();
  simulation_.drain(*noisy);
}

TEST_F(EventQueueTest, LanesOfOneApplicationTakeTurns) {
  add({.max_running = 1});
  script_ = [](const CallRequest&) { return PlainRun{.takes = 1ms}; };
  for (int i = 0; i < 6; ++i)
    ASSERT_TRUE(application_->push(numbered(i, i < 4 ? "long" : "short")));
  simulation_.executor.run_for(10ms);
  EXPECT_THAT(started_, ElementsAre(0, 4, 1, 5, 2, 3));
}

// ------------------------------------------------------------------------------------------
// stopping

TEST_F(EventQueueTest, DrainLetsEverythingFinishThatCan) {
  add();
  script_ = [](const CallRequest&) { return PlainRun{.takes = 10ms}; };
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(application_->push(numbered(i, "s")));
  simulation_.executor.run_ready();
  const DrainReport report = simulation_.drain(*application_, 50ms);
  EXPECT_TRUE(report.clean());
  EXPECT_EQ(report.message(), "application app stopped; everything was finished");
  EXPECT_EQ(log_.size(), 4U);

  const PushResult late = application_->push(numbered(9));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().reason, RefusalReason::kStopping);
  application_.reset();
}

TEST_F(EventQueueTest, DrainReportsWhatIsLeftByNameAndCount) {
  add({.max_running = 2});
  script_ = [](const CallRequest& request) {
    return PlainRun{.takes = number_of(request) == 1 ? Duration::max() : 10ms};
  };
  ASSERT_TRUE(application_->push(numbered(1, "stuck")));
  ASSERT_TRUE(application_->push(numbered(2, "stuck")));
  ASSERT_TRUE(application_->push(numbered(3, "stuck")));
  for (int i = 10; i < 15; ++i) ASSERT_TRUE(application_->push(numbered(i, "s")));
  const DrainReport report = simulation_.drain(*application_, 35ms);
  EXPECT_EQ(report.message(),
            "application app stopped before everything was finished: 3 x plain not started, "
            "2 x plain stopped while running");
  EXPECT_THAT(log_, ::testing::UnorderedElementsAre("10 completed", "11 completed", "12 completed",
                                                    "1 dropped", "2 dropped", "3 dropped",
                                                    "13 dropped", "14 dropped"));
  const ApplicationStats stats = application_->stats();
  EXPECT_EQ(stats.outcomes[Outcome::kDropped], 5U);
  EXPECT_EQ(stats.outcomes[Outcome::kCompleted], 3U);
  EXPECT_EQ(stats.events, 0U);
  EXPECT_EQ(handler_.under_way(), 0U);
  application_.reset();
}

TEST_F(EventQueueTest, WhatWasHeldIsDroppedWhenTheApplicationDoesNotStart) {
  add({}, false);
  ASSERT_TRUE(application_->push(numbered(1)));
  ASSERT_TRUE(application_->push(numbered(2)));
  const DrainReport report = simulation_.drain(*application_);
  EXPECT_THAT(log_, ::testing::UnorderedElementsAre("1 dropped", "2 dropped"));
  ASSERT_EQ(report.not_started.size(), 1U);
  EXPECT_EQ(report.not_started[0].count, 2U);
  EXPECT_EQ(elapsed() < 1s, true) << "nothing to wait for";
  application_.reset();
}

TEST_F(EventQueueTest, ProducersThatWaitAreRefusedWhenTheApplicationStops) {
  add({.max_events = 1});
  script_ = [](const CallRequest&) { return PlainRun{.takes = 10ms}; };
  ASSERT_TRUE(application_->push(numbered(1)));
  Waiter waiter;
  waiter.request = numbered(2);
  ASSERT_FALSE(application_->push_or_wait(waiter).has_value());
  EXPECT_TRUE(simulation_.drain(*application_).clean());
  ASSERT_TRUE(waiter.result.has_value());
  ASSERT_FALSE(waiter.result->has_value());
  EXPECT_EQ(waiter.result->error().reason, RefusalReason::kStopping);
  application_.reset();
}

TEST_F(EventQueueTest, TheEndOfADrainMayDestroyTheApplication) {
  add();
  ASSERT_TRUE(application_->push(numbered(1)));
  application_->drain(1s, [this](const DrainReport& report) {
    EXPECT_TRUE(report.clean());
    application_.reset();
  });
  simulation_.executor.run_ready();
  EXPECT_EQ(application_, nullptr);
  EXPECT_EQ(simulation_.queue.stats().applications, 0U);
}

TEST_F(EventQueueTest, AnEventMayPushTheNextOneOfItsSource) {
  add();
  std::function<void(int)> push = [&](int left) {
    ASSERT_TRUE(application_->push(
        {.payload = make_payload<PlainPayload>(kTick,
                                               [&, left](const EventSummary&) {
                                                 log_.push_back(std::to_string(left));
                                                 if (left > 0) push(left - 1);
                                               }),
         .source = simulation_.queue.source(kTick, "chain")}));
  };
  script_ = [](const CallRequest&) { return PlainRun{}; };
  push(3);
  simulation_.executor.run_ready();
  EXPECT_THAT(log_, ElementsAre("3", "2", "1", "0"));
}

// ------------------------------------------------------------------------------------------
// observer

struct Observer final : EventObserver {
  void on_handled(const EventTarget& target, const EventPayload& payload,
                  const HandlerReport& report) override {
    lines.push_back(std::string(target.application_name()) + "/" +
                    std::string(report.handler.module_name()) + " " +
                    std::string(payload.event_name()) + "#" + std::to_string(report.execution) +
                    " " + std::string(to_string(report.outcome)) +
                    (report.failure != nullptr ? ": " + report.failure->message : ""));
  }
  void on_finished(const EventTarget&, const EventPayload&, const EventSummary& summary) override {
    lines.push_back("finished " + std::string(to_string(summary.outcome)));
  }
  void on_refused(const EventTarget&, const EventPayload&, const Refusal& refusal) override {
    lines.push_back("refused " + std::string(to_string(refusal.reason)));
  }
  std::vector<std::string> lines;
};

TEST(EventObserver, SeesEverythingOnce) {
  Observer observer;
  Simulation simulation(1, {}, &observer);
  PlainTarget target("app");
  PlainHandler handler("module", simulation.executor, [](const CallRequest&) {
    return PlainRun{.outcome = Outcome::kTrapped, .message = "unreachable"};
  });
  target.add(kTick, handler);
  const auto application = simulation.queue.add_application(target, {.max_events = 1});
  application->open();
  ASSERT_TRUE(application->push({.payload = make_payload<PlainPayload>(kTick)}));
  ASSERT_FALSE(application->push({.payload = make_payload<PlainPayload>(kTick)}));
  simulation.executor.run_ready();
  EXPECT_THAT(observer.lines,
              ElementsAre("refused application-full", "app/module plain#1 trapped: unreachable",
                          "finished trapped"));
  simulation.drain(*application);
}

}  // namespace
}  // namespace hermes::event

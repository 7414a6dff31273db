// Events that compute for long: what they get, and what they leave to the others.
#include "event/event_queue.hpp"
#include "event/testing/plain_handler.hpp"
#include "event/testing/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
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
using namespace std::chrono_literals;

constexpr EventKind kEvent{1};
constexpr Duration kSlice = 2ms;

/// Applications whose calls use up time slices of 2 ms, in virtual time. The test itself is the
/// workers and the background threads: the executor runs tasks and timers only.
class BackgroundTest : public ::testing::Test {
 protected:
  struct App {
    explicit App(std::string name) : target(std::move(name)) {}
    PlainTarget target;
    std::unique_ptr<PlainHandler> handler;
    std::unique_ptr<ApplicationQueue> queue;
    /// How its calls end, in their order.
    std::vector<Outcome> ended;
    /// Time slices of the next calls, and what their last part takes.
    unsigned slices = 0;
    Duration rest = Duration::zero();
    Duration slice = kSlice;
    /// What something else takes from the thread in each slice, and in the last part.
    Duration taken = Duration::zero();
  };

  void TearDown() override {
    for (const auto& app : apps_) app->queue->drain(0ms, [](const DrainReport&) {});
    while (work() || executor_.step()) {
    }
    executor_.run_until_idle();
  }

  App& add(std::string name, const ApplicationLimits& limits = {}) {
    apps_.push_back(std::make_unique<App>(std::move(name)));
    App& app = *apps_.back();
    app.handler = std::make_unique<PlainHandler>(
        app.target.application_name().data(), executor_, [this, &app](const CallRequest&) {
          PlainRun run;
          run.yields = app.slices;
          run.at_yield = [this, &app] { compute(app, app.slice); };
          run.at_end = [this, &app] { compute(app, app.rest); };
          return run;
        });
    app.target.add(kEvent, *app.handler);
    app.queue = queue_.add_application(app.target, limits);
    app.queue->open();
    return app;
  }
  void push(App& app, int count = 1) {
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(app.queue->push(
          {.payload = make_payload<PlainPayload>(kEvent, [&app](const EventSummary& summary) {
             app.ended.push_back(summary.outcome);
           })}));
    }
  }
  void compute(const App& app, Duration time) {
    if (time > Duration::zero()) computed_ += app.target.application_name();
    executor_.manual_clock().advance(time);
    executor_.manual_clock().advance_without_processor(app.taken);
  }
  /// Until all of its events are under way, and wait for their next slices.
  void start_all(const App& app) {
    while (app.queue->stats().preempted < app.queue->stats().events) ASSERT_TRUE(work());
  }
  bool work() { return queue_.run_one(executor_) || queue_.run_background(executor_); }

  SimulatedExecutor executor_{1};
  EventQueue queue_{{}, executor_, executor_.random()};
  std::vector<std::unique_ptr<App>> apps_;
  /// The names of the applications that computed, in turn.
  std::string computed_;
};

TEST_F(BackgroundTest, WhatUsesUpItsTimeSliceGoesOnInTheBackground) {
  App& app = add("A");
  app.slices = 2;
  push(app);
  EXPECT_TRUE(queue_.run_one(executor_));
  EXPECT_EQ(computed_, "A");
  EXPECT_EQ(app.queue->stats().preempted, 1U);
  EXPECT_EQ(app.queue->stats().running, 1U) << "it keeps its permit";
  EXPECT_FALSE(queue_.has_work());
  EXPECT_FALSE(executor_.step()) << "no worker has anything to do with it";

  EXPECT_TRUE(queue_.run_background(executor_));
  EXPECT_TRUE(queue_.has_background_work());
  EXPECT_TRUE(queue_.run_background(executor_));
  EXPECT_EQ(computed_, "AA");
  EXPECT_THAT(app.ended, ElementsAre(Outcome::kCompleted));
  EXPECT_FALSE(queue_.run_background(executor_));
}

TEST_F(BackgroundTest, TimeSlicesGoRoundBetweenApplicationsByWeight) {
  App& one = add("a");
  App& two = add("b", {.weight = 2});
  one.slices = two.slices = 100;
  push(one, 2);
  push(two, 2);
  start_all(one);
  start_all(two);
  computed_.clear();
  for (int i = 0; i < 12; ++i) ASSERT_TRUE(queue_.run_background(executor_));
  EXPECT_NE(std::string("abbabbabbabbabb").find(computed_), std::string::npos) << computed_;
}

TEST_F(BackgroundTest, ManyLongEventsOfOneApplicationDoNotTakeTheTurnsOfAnother) {
  App& many = add("m");
  App& single = add("s");
  many.slices = single.slices = 1000;
  push(many, 50);
  push(single);
  start_all(many);
  start_all(single);
  computed_.clear();
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(queue_.run_background(executor_));
  EXPECT_EQ(std::ranges::count(computed_, 's'), 20) << computed_;
}

TEST_F(BackgroundTest, ApplicationsWhoseEventsTakeLongAreStartedInTheBackground) {
  App& slow = add("s");
  App& fast = add("f");
  slow.rest = 1ms;
  fast.rest = 10us;
  int by_workers = 0;
  for (; by_workers < 100; ++by_workers) {
    push(slow);
    if (!queue_.has_work()) break;
    ASSERT_TRUE(queue_.run_one(executor_));
  }
  EXPECT_EQ(by_workers, 3) << "one such event makes it looked at, two more make it slow";
  push(fast);
  EXPECT_TRUE(queue_.has_work()) << "others are started by workers";
  ASSERT_TRUE(queue_.run_one(executor_));
  EXPECT_THAT(fast.ended, ElementsAre(Outcome::kCompleted));

  // It is again one of the fast ones when its events take as long as theirs.
  slow.rest = 10us;
  int in_background = 0;
  for (; in_background < 100; ++in_background) {
    if (queue_.has_work()) break;
    ASSERT_TRUE(queue_.run_background(executor_));
    push(slow);
  }
  EXPECT_THAT(in_background, ::testing::AllOf(::testing::Ge(1), ::testing::Le(20)));
}

TEST_F(BackgroundTest, WhoHasToWaitForAProcessorIsNotSlow) {
  App& app = add("A");
  app.rest = 10us;
  for (int i = 0; i < 500; ++i) {
    // Each tenth finds its thread without a processor for a while.
    app.taken = i % 10 == 0 ? 5ms : 0ms;
    push(app);
    ASSERT_TRUE(queue_.has_work()) << "after " << i << " events";
    ASSERT_TRUE(queue_.run_one(executor_));
  }
  EXPECT_EQ(app.ended.size(), 500U);
}

TEST_F(BackgroundTest, WhoLosesTheProcessorDuringASliceKeepsItsWorker) {
  App& app = add("A");
  app.slices = 1;
  push(app);
  ASSERT_TRUE(queue_.run_one(executor_));
  ASSERT_TRUE(queue_.run_background(executor_)) << "not yet looked at";
  app.slice = 10us;
  app.taken = 5ms;
  push(app);
  ASSERT_TRUE(queue_.run_one(executor_));
  EXPECT_FALSE(queue_.has_background_work());
  executor_.run_ready();
  EXPECT_EQ(app.ended.size(), 2U);
}

TEST_F(BackgroundTest, NewEventsOfSlowApplicationsAndOldOnesTakeTurns) {
  App& slow = add("s");
  slow.slices = 1000;
  push(slow, 20);
  while (queue_.run_one(executor_)) {
  }
  const std::size_t started = slow.queue->stats().running;
  ASSERT_LT(started, 10U);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(queue_.run_background(executor_));
  EXPECT_EQ(slow.queue->stats().running, started + 5);
}

TEST_F(BackgroundTest, TheDeadlineOfWhatWaitsForASliceIsKept) {
  App& app = add("A", {.call_deadline = 50ms});
  app.slices = 1000;
  push(app, 3);
  start_all(app);
  // The background threads are busy with something else all the time.
  executor_.run_until(ManualClock::kSteadyStart + 49ms);
  EXPECT_THAT(app.ended, ElementsAre());
  executor_.run_for(50ms);
  EXPECT_THAT(app.ended, ElementsAre(Outcome::kDeadline, Outcome::kDeadline, Outcome::kDeadline));
  EXPECT_FALSE(queue_.has_background_work());
}

TEST_F(BackgroundTest, AShutdownStopsWhatWaitsForASlice) {
  App& app = add("A");
  app.slices = 1000;
  push(app, 2);
  start_all(app);
  std::vector<DrainReport> reports;
  app.queue->drain(10ms, [&](const DrainReport& report) { reports.push_back(report); });
  executor_.run_for(11ms);
  ASSERT_EQ(reports.size(), 1U);
  ASSERT_EQ(reports[0].stopped.size(), 1U);
  EXPECT_EQ(reports[0].stopped[0].count, 2U);
  EXPECT_THAT(app.ended, ElementsAre(Outcome::kDropped, Outcome::kDropped));
  apps_.clear();
}

}  // namespace
}  // namespace hermes::event

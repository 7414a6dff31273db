// Every outcome that an event can have reaches its payload, where an extension can act on it.
#include "event/event_queue.hpp"
#include "event/testing/plain_handler.hpp"
#include "event/testing/simulation.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace hermes::event {
namespace {

using testing::PlainHandler;
using testing::PlainPayload;
using testing::PlainRun;
using testing::PlainTarget;
using testing::Simulation;
using namespace std::chrono_literals;

constexpr EventKind kEvent{1};

/// What an extension learns about one of its events.
struct Told {
  std::vector<Outcome> calls;
  std::vector<Outcome> ends;
  bool released = false;
};

/// Ends as it was told to, and writes down what it is told.
class Event final : public PlainPayload {
 public:
  Event(Outcome wanted, Told& told)
      : PlainPayload(kEvent,
                     [&told](const EventSummary& end) { told.ends.push_back(end.outcome); }),
        wanted_(wanted),
        told_(told) {}
  [[nodiscard]] Outcome wanted() const { return wanted_; }
  bool withdrawn() override { return wanted_ == Outcome::kRefused; }
  void handled(const HandlerReport& report) override {
    EXPECT_TRUE(told_.ends.empty());
    told_.calls.push_back(report.outcome);
  }
  void release() noexcept override {
    told_.released = true;
    delete this;
  }

 private:
  Outcome wanted_;
  Told& told_;
};

PlainRun script(const CallRequest& request) {
  const Outcome wanted = static_cast<const Event&>(request.payload).wanted();
  // What has no end of its own is stopped: at the deadline, or at the end of the application.
  if (wanted == Outcome::kDeadline || wanted == Outcome::kDropped) {
    return {.takes = Duration::max()};
  }
  return {.outcome = wanted};
}

class EventOutcomes : public ::testing::TestWithParam<Outcome> {};

TEST_P(EventOutcomes, ReachThePayloadExactlyOnce) {
  Simulation simulation(7);
  PlainTarget target("app");
  PlainHandler handler("module", simulation.executor, script);
  target.add(kEvent, handler);
  const auto application = simulation.queue.add_application(target, {.call_deadline = 1min});
  application->open();
  Told told;
  ASSERT_TRUE(application->push({.payload = make_payload<Event>(GetParam(), told)}));
  EXPECT_EQ(application->stats().accepted, 1);
  simulation.executor.run_for(GetParam() == Outcome::kDropped ? 1s : 61s);
  simulation.drain(*application, 1s);

  EXPECT_EQ(told.ends, std::vector{GetParam()});
  // A call was made unless the event was withdrawn before.
  const bool called = GetParam() != Outcome::kRefused;
  EXPECT_EQ(told.calls, called ? std::vector{GetParam()} : std::vector<Outcome>{});
  EXPECT_TRUE(told.released);
  OutcomeCounts one;
  one[GetParam()] = 1;
  EXPECT_EQ(application->stats().outcomes.count, one.count);
}

INSTANTIATE_TEST_SUITE_P(All, EventOutcomes,
                         ::testing::Values(Outcome::kCompleted, Outcome::kTrapped,
                                           Outcome::kDeadline, Outcome::kLimit, Outcome::kRefused,
                                           Outcome::kDropped),
                         [](const auto& outcome) { return std::string(to_string(outcome.param)); });

TEST(EventOutcomesTest, WhatWaitsTooLongOrIsLeftIsToldWithoutACall) {
  Simulation simulation(7);
  PlainTarget target("app");
  PlainHandler handler("module", simulation.executor, script);
  target.add(kEvent, handler);
  const auto application =
      simulation.queue.add_application(target, {.max_running = 1, .call_deadline = 1min});
  application->open();
  Told first;
  Told late;
  Told left;
  ASSERT_TRUE(application->push({.payload = make_payload<Event>(Outcome::kDeadline, first)}));
  ASSERT_TRUE(application->push(
      {.payload = make_payload<Event>(Outcome::kCompleted, late), .wait_deadline = 1s}));
  simulation.executor.run_for(61s);
  EXPECT_EQ(late.ends, std::vector{Outcome::kDeadline});
  Told running;
  ASSERT_TRUE(application->push({.payload = make_payload<Event>(Outcome::kDropped, running)}));
  ASSERT_TRUE(application->push({.payload = make_payload<Event>(Outcome::kCompleted, left)}));
  simulation.drain(*application, 1s);
  EXPECT_EQ(left.ends, std::vector{Outcome::kDropped});
  EXPECT_TRUE(late.calls.empty());
  EXPECT_TRUE(left.calls.empty());
  EXPECT_EQ(application->stats().outcomes.total(), application->stats().accepted);
}

}  // namespace
}  // namespace hermes::event

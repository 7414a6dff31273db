#include "app/event_counters.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>

namespace hermes::app {
namespace {

using event::EventKind;
using event::Outcome;
using event::RefusalReason;
using namespace std::chrono_literals;

constexpr EventKind kNobody{0};
constexpr EventKind kBoth{1};
constexpr EventKind kSecond{2};

EventCounters two_modules() {
  return EventCounters(2, 3, [](std::size_t module, EventKind kind) {
    return kind == kBoth || (kind == kSecond && module == 1);
  });
}

TEST(EventCounters, KnowWhatThereIsToCount) {
  const EventCounters counters = two_modules();
  EXPECT_FALSE(counters.has(kNobody));
  EXPECT_TRUE(counters.has(kBoth));
  EXPECT_TRUE(counters.has(0, kBoth));
  EXPECT_FALSE(counters.has(0, kSecond));
  EXPECT_TRUE(counters.has(1, kSecond));
}

TEST(EventCounters, KeepKindsModulesAndOutcomesApart) {
  EventCounters counters = two_modules();
  counters.handled(0, kBoth, Outcome::kCompleted, 3us);
  counters.handled(0, kBoth, Outcome::kTrapped, 5us);
  counters.handled(1, kBoth, Outcome::kCompleted, 100s);
  counters.finished(kBoth, Outcome::kTrapped, 1ms);
  counters.finished(kSecond, Outcome::kDropped, -1ns);
  counters.refused(kSecond, RefusalReason::kLaneFull);
  counters.refused(kNobody, RefusalReason::kNoHandler);
  // Not what the counters were made for: not counted, and nothing else either.
  counters.handled(0, kSecond, Outcome::kCompleted, 1s);
  counters.finished(kNobody, Outcome::kCompleted, 1s);

  const EventCounters::Snapshot counts = counters.snapshot();
  const CallCounts first = counts.calls(0, kBoth);
  EXPECT_EQ(first.outcomes[Outcome::kCompleted], 1);
  EXPECT_EQ(first.outcomes[Outcome::kTrapped], 1);
  EXPECT_EQ(first.outcomes.total(), 2);
  EXPECT_EQ(first.ran.sum_ns, 8000);
  EXPECT_EQ(first.ran.counts[duration_bucket(3us)], 1);
  EXPECT_EQ(first.ran.counts[duration_bucket(5us)], 1);
  const CallCounts second = counts.calls(1, kBoth);
  EXPECT_EQ(second.outcomes.total(), 1);
  EXPECT_EQ(second.ran.counts[kDurationBounds], 1);
  EXPECT_EQ(counts.calls(1, kSecond).outcomes.total(), 0);

  EXPECT_EQ(counts.events(kBoth).outcomes[Outcome::kTrapped], 1);
  EXPECT_EQ(counts.events(kBoth).waited.sum_ns, 1'000'000);
  EXPECT_EQ(counts.events(kSecond).outcomes[Outcome::kDropped], 1);
  EXPECT_EQ(counts.events(kSecond).waited.sum_ns, 0);
  EXPECT_EQ(counts.refused(kSecond, RefusalReason::kLaneFull), 1);
  EXPECT_EQ(counts.refused(kSecond, RefusalReason::kStopping), 0);
  EXPECT_EQ(counts.refused(kNobody, RefusalReason::kNoHandler), 1);
}

}  // namespace
}  // namespace hermes::app

// The order in which what has piled up is handed out, and how much at a time. A failure prints its
// seed; HERMES_SEED runs one.
#include "base/random.hpp"
#include "runtime_extensions/cron/schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace hermes::ext::cron {
namespace {

using namespace std::chrono_literals;

std::string every_hour_at(int minute) { return std::to_string(minute) + " * * * *"; }

// More than may be handed out at once, of entries whose occurrences lie between each other's.
TEST(ScheduleOrder, WhatManyEntriesOfATagHaveMissedComesInDueOrder) {
  ManualClock clock;
  Schedule schedule({.missed = MissedPolicy::kFireAll});
  for (int minute = 0; minute < 60; ++minute) {
    ASSERT_TRUE(schedule.add(every_hour_at(minute), "a", Retrigger::kYes, read(clock)));
  }
  clock.set_wall(clock.wall() + 48h);
  WallTime expected = ManualClock::kWallStart;
  std::deque<Occurrence> waiting;
  std::uint64_t handled = 0;
  do {
    Due due;
    schedule.take_due(read(clock), due);
    EXPECT_TRUE(due.missed.empty());
    waiting.insert(waiting.end(), due.occurrences.begin(), due.occurrences.end());
    if (waiting.empty()) break;
    ASSERT_LE(waiting.size(), 512U);
    ASSERT_EQ(waiting.front().at, expected += 1min);
    ASSERT_EQ(schedule.begin(waiting.front().entry), false);
    schedule.finished(waiting.front(), true);
    waiting.pop_front();
    ++handled;
  } while (true);
  EXPECT_EQ(handled, 48U * 60);
}

// All that one entry has missed comes, up to max_fire_all, although few of it may wait.
TEST(ScheduleOrder, FireAllIsNotCutByTheBoundOnWhatWaits) {
  ManualClock clock;
  Schedule schedule({.max_waiting = 3, .missed = MissedPolicy::kFireAll, .max_fire_all = 100});
  ASSERT_TRUE(schedule.add("* * * * *", "a", Retrigger::kYes, read(clock)));
  ASSERT_TRUE(schedule.delay(std::uint64_t{150} * 60 * 1'000'000'000, "a", read(clock)));
  clock.advance(150min);
  std::vector<WallTime> handled;
  std::uint64_t missed = 0;
  for (;;) {
    Due due;
    schedule.take_due(read(clock), due);
    for (const Missed& each : due.missed) missed += each.count;
    if (due.occurrences.empty()) break;
    ASSERT_LE(due.occurrences.size(), 4U);
    for (const Occurrence& each : due.occurrences) {
      handled.push_back(each.at);
      ASSERT_TRUE(schedule.begin(each.entry));
      schedule.finished(each, true);
    }
  }
  EXPECT_EQ(missed, 50U);
  ASSERT_EQ(handled.size(), 101U);
  EXPECT_TRUE(std::ranges::is_sorted(handled));
  EXPECT_EQ(handled.front(), ManualClock::kWallStart + 51min);
}

// What may not be handed out is not looked at again and again, and is no reason to wake up.
TEST(ScheduleOrder, ManyThatAreDueAtOnceAreTakenInTurnsOfABoundedLength) {
  constexpr int kEntries = 100'000;
  ManualClock clock;
  Schedule schedule({.max_entries = kEntries, .max_handed_out = kEntries});
  for (int i = 0; i < kEntries; ++i) {
    // A tenth of them has a tag in common.
    const std::string tag = i % 10 == 0 ? "common" : std::to_string(i);
    const auto delay = static_cast<std::uint64_t>(kEntries - i);
    ASSERT_TRUE(schedule.delay(delay, tag, read(clock)));
  }
  clock.advance(1min);
  std::map<std::string, WallTime> last;
  std::deque<Occurrence> common;
  std::uint64_t handled = 0;
  const auto handle = [&](const Occurrence& each) {
    ASSERT_LT(std::exchange(last[each.name->tag], each.at), each.at);
    ASSERT_EQ(schedule.begin(each.entry), true);
    schedule.finished(each, true);
    ++handled;
  };
  const auto due_now = [&] {
    const auto wake = schedule.next_wake(read(clock));
    return wake && *wake <= clock.steady();
  };
  while (due_now() || !common.empty()) {
    Due due;
    schedule.take_due(read(clock), due);
    ASSERT_LE(due.occurrences.size(), ScheduleLimits{}.max_turns);
    for (const Occurrence& each : due.occurrences) {
      if (each.name->tag == "common") {
        common.push_back(each);
      } else {
        handle(each);
      }
    }
    if (!due.occurrences.empty() && common.size() < 512) continue;
    // Only now, so that others are not kept waiting by it.
    while (!common.empty()) {
      handle(common.front());
      common.pop_front();
    }
  }
  EXPECT_EQ(handled, static_cast<std::uint64_t>(kEntries));
  EXPECT_EQ(schedule.size(), 0U);
}

// Random entries, handlers of random length, a clock that jumps ahead, and limits that are reached
// all the time. By tag everything comes in due order, and all of it comes.
void simulate(std::uint64_t seed) {
  SeededRandom random(seed);
  ManualClock clock;
  const auto policy = random.chance(2, 3) ? MissedPolicy::kFireAll : MissedPolicy::kFireOnce;
  const ScheduleLimits limits{
      .max_waiting = 1 + static_cast<std::uint32_t>(random.below(6)),
      .missed = policy,
      .max_fire_all = 100'000,
      .max_handed_out_per_tag = 1 + static_cast<std::uint32_t>(random.below(12)),
      .max_handed_out = 1 + static_cast<std::uint32_t>(random.below(24)),
      .max_turns = 1 + static_cast<std::uint32_t>(random.below(20))};
  Schedule schedule(limits);
  constexpr std::array kTags = {"a", "b", "c"};
  struct Known {
    Minute added;
    std::set<Minute> fired;
  };
  std::map<std::pair<std::string, std::string>, Known> entries;
  std::uint64_t delays = 0;
  std::uint64_t delays_fired = 0;
  std::uint64_t left_out = 0;
  std::map<std::string, std::deque<Occurrence>> lanes;
  std::map<std::string, WallTime> last;

  const auto take = [&] {
    Due due;
    schedule.take_due(read(clock), due);
    for (const Missed& each : due.missed) left_out += each.count;
    for (const Occurrence& each : due.occurrences) {
      const std::string& tag = each.name->tag;
      EXPECT_LE(last[tag], each.at) << "tag " << tag << ", " << each.name->when;
      last[tag] = each.at;
      lanes[tag].push_back(each);
      const auto known = entries.find({each.name->when, tag});
      if (known == entries.end()) {
        ++delays_fired;
      } else {
        const Minute minute = std::chrono::floor<std::chrono::minutes>(each.at);
        EXPECT_TRUE(known->second.fired.insert(minute).second) << "twice";
      }
    }
    return !due.occurrences.empty();
  };
  const auto handle = [&](std::deque<Occurrence>& lane) {
    if (lane.empty()) return;
    EXPECT_TRUE(schedule.begin(lane.front().entry));
    schedule.finished(lane.front(), true);
    lane.pop_front();
  };

  for (int step = 0; step < 600 && !testing::Test::HasFailure(); ++step) {
    const std::string tag = kTags[random.below(kTags.size())];
    switch (random.below(10)) {
      case 0: {
        const std::string when = random.chance(1, 4)
                                     ? std::string("*/5 * * * *")
                                     : every_hour_at(static_cast<int>(random.below(60)));
        if (entries.contains({when, tag})) break;
        ASSERT_TRUE(schedule.add(when, tag, Retrigger::kYes, read(clock)));
        entries[{when, tag}].added = std::chrono::floor<std::chrono::minutes>(clock.wall());
        break;
      }
      case 1:
        // Seconds keep their minute apart from those of the expressions above.
        ASSERT_TRUE(schedule.delay(random.below(7'200) * 1'000'000'000, tag, read(clock)));
        ++delays;
        break;
      case 2:
        clock.advance(std::chrono::seconds{random.below(300)});
        break;
      case 3:
        if (random.chance(1, 8)) clock.set_wall(clock.wall() + 1min * random.below(600));
        break;
      case 4:
      case 5:
      case 6:
        static_cast<void>(take());
        break;
      default:
        handle(lanes[tag]);
        break;
    }
  }
  clock.advance(3h);
  bool more = true;
  while (more && !testing::Test::HasFailure()) {
    more = take();
    for (auto& [tag, lane] : lanes) {
      more = more || !lane.empty();
      handle(lane);
    }
    const auto wake = schedule.next_wake(read(clock));
    more = more || (wake && *wake <= clock.steady());
  }
  EXPECT_EQ(delays_fired, delays);
  const Minute now = std::chrono::floor<std::chrono::minutes>(clock.wall());
  std::uint64_t due = 0;
  std::uint64_t fired = 0;
  for (const auto& [name, known] : entries) {
    due += Crontab::parse(name.first)->count_between(known.added, now);
    fired += known.fired.size();
  }
  EXPECT_EQ(fired + left_out, due);
}

TEST(ScheduleOrder, ByTagEverythingComesInDueOrderWhateverTheLimits) {
  const char* one = std::getenv("HERMES_SEED");
  const std::uint64_t first = one != nullptr ? std::strtoull(one, nullptr, 10) : 1;
  const std::uint64_t seeds = one != nullptr ? 1 : 1000;
  for (std::uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE("HERMES_SEED=" + std::to_string(seed));
    simulate(seed);
    ASSERT_FALSE(HasFailure()) << "HERMES_SEED=" << seed;
  }
}

}  // namespace
}  // namespace hermes::ext::cron

#include "base/timer_queue.hpp"

#include "base/random.hpp"
#include "base/simulated_executor.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <memory>
#include <thread>
#include <vector>

namespace hermes {
namespace {

using std::chrono::microseconds;

constexpr SteadyTime kStart = ManualClock::kSteadyStart;

struct Recorder final : Timer {
  explicit Recorder(int its_id, std::vector<int>& its_fired) : id(its_id), fired(its_fired) {}
  void on_time(Executor&) override { fired.push_back(id); }
  int id;
  std::vector<int>& fired;
};

TEST(TimerQueue, FiresInOrderWhenDue) {
  SimulatedExecutor executor(1);
  TimerQueue queue;
  std::vector<int> fired;
  Recorder late(3, fired);
  Recorder soon(1, fired);
  Recorder middle(2, fired);
  EXPECT_EQ(queue.next(), std::nullopt);
  EXPECT_TRUE(queue.schedule(late, kStart + microseconds{30}));
  EXPECT_TRUE(queue.schedule(soon, kStart + microseconds{10}));
  EXPECT_FALSE(queue.schedule(middle, kStart + microseconds{20}));
  EXPECT_EQ(queue.next(), kStart + microseconds{10});

  EXPECT_FALSE(queue.due(kStart + microseconds{9}));
  EXPECT_EQ(queue.fire_due(kStart + microseconds{9}, executor), 0U);
  EXPECT_EQ(queue.fire_due(kStart + microseconds{20}, executor), 2U);
  EXPECT_EQ(fired, (std::vector{1, 2}));
  EXPECT_EQ(queue.size(), 1U);
  EXPECT_TRUE(late.cancel());
  EXPECT_FALSE(late.cancel());
  EXPECT_EQ(queue.size(), 0U);
}

TEST(TimerQueue, ATimerCanMoveWithinAndBetweenQueues) {
  SimulatedExecutor executor(1);
  TimerQueue first;
  TimerQueue second;
  std::vector<int> fired;
  Recorder timer(1, fired);
  Recorder other(2, fired);
  first.schedule(other, kStart + microseconds{5});
  first.schedule(timer, kStart + microseconds{1});
  first.schedule(timer, kStart + microseconds{9});
  EXPECT_EQ(first.next(), kStart + microseconds{5});
  second.schedule(timer, kStart + microseconds{3});
  EXPECT_EQ(first.size(), 1U);
  EXPECT_EQ(second.fire_due(kStart + microseconds{3}, executor), 1U);
  EXPECT_EQ(first.fire_due(kStart + microseconds{9}, executor), 1U);
  EXPECT_EQ(fired, (std::vector{1, 2}));
}

TEST(TimerQueue, ATimerThatAlwaysReturnsDoesNotHoldTheThread) {
  struct Again final : Timer {
    explicit Again(TimerQueue& its_queue) : queue(its_queue) {}
    void on_time(Executor&) override { queue.schedule(*this, kStart); }
    TimerQueue& queue;
  };
  SimulatedExecutor executor(1);
  TimerQueue queue;
  Again again(queue);
  queue.schedule(again, kStart);
  EXPECT_EQ(queue.fire_due(kStart, executor, 10), 10U);
  EXPECT_TRUE(again.cancel());
}

TEST(TimerQueue, AgreesWithASortedMap) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    SimulatedExecutor executor(seed);
    TimerQueue queue;
    std::vector<int> fired;
    std::vector<std::unique_ptr<Recorder>> timers;
    for (int i = 0; i < 64; ++i) timers.push_back(std::make_unique<Recorder>(i, fired));
    std::map<int, SteadyTime> model;
    SteadyTime now = kStart;

    for (int step = 0; step < 400; ++step) {
      const int id = static_cast<int>(random.below(timers.size()));
      Recorder& timer = *timers[static_cast<std::size_t>(id)];
      switch (random.below(4)) {
        case 0:
        case 1: {
          const SteadyTime at = now + microseconds{random.between(-5, 100)};
          queue.schedule(timer, at);
          model[id] = at;
          break;
        }
        case 2:
          EXPECT_EQ(timer.cancel(), model.erase(id) == 1);
          break;
        default: {
          now += microseconds{random.between(0, 30)};
          fired.clear();
          queue.fire_due(now, executor);
          SteadyTime previous{};
          for (const int one : fired) {
            ASSERT_TRUE(model.contains(one));
            EXPECT_LE(model[one], now);
            EXPECT_LE(previous, model[one]);
            previous = model[one];
            model.erase(one);
          }
          for (const auto& [left, at] : model) EXPECT_GT(at, now);
        }
      }
      ASSERT_EQ(queue.size(), model.size());
    }
    for (const auto& timer : timers) timer->cancel();
  }
}

TEST(TimerQueue, EachTimerFiresOrIsCancelledWhileThreadsRace) {
  struct Counting final : Timer {
    void on_time(Executor&) override { fired.fetch_add(1); }
    std::atomic<int> fired{0};
  };
  constexpr int kRounds = 20'000;
  SimulatedExecutor executor(1);
  TimerQueue queue;
  Counting timer;
  std::atomic<bool> done{false};
  std::thread firing([&] {
    while (!done.load()) queue.fire_due(kStart, executor);
  });
  int cancelled = 0;
  for (int i = 0; i < kRounds; ++i) {
    const int before = timer.fired.load();
    queue.schedule(timer, kStart);
    if (timer.cancel()) {
      ++cancelled;
    } else {
      while (timer.fired.load() == before) std::this_thread::yield();
    }
  }
  done = true;
  firing.join();
  EXPECT_EQ(timer.fired.load() + cancelled, kRounds);
}

}  // namespace
}  // namespace hermes

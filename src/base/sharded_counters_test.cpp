#include "base/sharded_counters.hpp"

#include "base/duration_buckets.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <latch>
#include <thread>
#include <vector>

namespace hermes {
namespace {

TEST(ShardedCounters, LosesNothingWhenMoreThreadsAddThanHaveAPart) {
  // Thread numbers are never given again: these go far beyond the parts, whatever ran before.
  constexpr std::size_t kThreads = ShardedCounters::kOwnParts + 16;
  constexpr std::uint64_t kRounds = 2000;
  constexpr std::size_t kCounters = 19;
  ShardedCounters counters(kCounters);
  std::latch together(kThreads);
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      together.arrive_and_wait();
      for (std::uint64_t round = 0; round < kRounds; ++round) {
        counters.here().add(0);
        counters.add(1 + thread % (kCounters - 1), 3);
      }
    });
  }
  threads.clear();
  EXPECT_EQ(counters.read(0), kThreads * kRounds);
  std::uint64_t others = 0;
  for (std::size_t i = 1; i < kCounters; ++i) others += counters.read(i);
  EXPECT_EQ(others, 3 * kThreads * kRounds);
  const std::vector<std::uint64_t> all = counters.read_all();
  ASSERT_EQ(all.size(), kCounters);
  for (std::size_t i = 0; i < kCounters; ++i) EXPECT_EQ(all[i], counters.read(i));
}

TEST(ShardedCounters, NeverGoDownForAReader) {
  constexpr std::uint64_t kAdded = 20'000;
  ShardedCounters counters(2);
  std::vector<std::jthread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&] {
      for (std::uint64_t i = 0; i < kAdded; ++i) counters.add(1);
    });
  }
  std::uint64_t last = 0;
  while (last < 3 * kAdded) {
    const std::uint64_t now = counters.read_all()[1];
    ASSERT_GE(now, last);
    last = now;
  }
  EXPECT_EQ(counters.read(0), 0);
}

TEST(ShardedCounters, KeepThreadsOnDifferentCacheLines) {
  ShardedCounters counters(1);
  const auto mine = reinterpret_cast<std::uintptr_t>(counters.here().address(0));
  std::uintptr_t other = 0;
  std::jthread([&] {
    other = reinterpret_cast<std::uintptr_t>(counters.here().address(0));
  }).join();
  EXPECT_NE(mine / kCacheLine, other / kCacheLine);
  EXPECT_EQ(mine % kCacheLine, 0);
}

TEST(DurationBuckets, HoldWhatIsAtMostTheirBound) {
  for (std::size_t bucket = 0; bucket < kDurationBounds; ++bucket) {
    SCOPED_TRACE(bucket);
    const Duration bound = duration_bound(bucket);
    EXPECT_EQ(duration_bucket(bound), bucket);
    EXPECT_EQ(duration_bucket(bound + Duration{1}), bucket + 1);
    if (bucket > 0) {
      EXPECT_GT(bound, duration_bound(bucket - 1));
    }
  }
  EXPECT_EQ(duration_bound(0), std::chrono::microseconds{1});
  EXPECT_EQ(duration_bound(kDurationBounds - 1), std::chrono::seconds{60});
  EXPECT_EQ(duration_bucket(Duration{-5}), 0);
  EXPECT_EQ(duration_bucket(Duration::zero()), 0);
  EXPECT_EQ(duration_bucket(Duration::max()), kDurationBounds);
}

}  // namespace
}  // namespace hermes

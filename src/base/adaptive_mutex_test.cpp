#include "base/adaptive_mutex.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace hermes {
namespace {

TEST(AdaptiveMutex, IsHeldByOneAtATime) {
  constexpr int kThreads = 8;
  constexpr std::uint64_t kTurns = 20'000;
  AdaptiveMutex mutex;
  std::uint64_t counter = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&] {
        for (std::uint64_t turn = 0; turn < kTurns; ++turn) {
          const std::lock_guard lock(mutex);
          ++counter;
          // Now and then the others come while it is held for long.
          if (turn % 1000 == 0) std::this_thread::yield();
        }
      });
    }
  }
  EXPECT_EQ(counter, kThreads * kTurns);
}

TEST(AdaptiveMutex, WhoSleepsIsWoken) {
  AdaptiveMutex mutex;
  mutex.lock();
  EXPECT_FALSE(mutex.try_lock());
  std::atomic<int> inside{0};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const std::lock_guard lock(mutex);
      ++inside;
    });
  }
  // Long past the time for which they try: most of them sleep. Nothing depends on it.
  const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(2);
  while (std::chrono::steady_clock::now() < until) std::this_thread::yield();
  EXPECT_EQ(inside, 0);
  mutex.unlock();
  threads.clear();
  EXPECT_EQ(inside, 4);
  EXPECT_TRUE(mutex.try_lock());
  mutex.unlock();
}

}  // namespace
}  // namespace hermes

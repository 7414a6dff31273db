#include "base/object_pool.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hermes {
namespace {

TEST(ObjectPool, LendsAgainWhatCameBack) {
  ObjectPool<std::string> pool(2);
  std::unique_ptr<std::string> text = pool.take("fresh");
  EXPECT_EQ(*text, "fresh");
  text->assign(1000, 'x');
  const auto address = reinterpret_cast<std::uintptr_t>(text.get());
  pool.give(std::move(text));
  EXPECT_EQ(pool.idle(), 1U);

  text = pool.take("not used");
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(text.get()), address);
  EXPECT_EQ(text->size(), 1000U);
  EXPECT_EQ(pool.idle(), 0U);
}

TEST(ObjectPool, KeepsNoMoreThanItsBound) {
  ObjectPool<int> pool(2);
  for (int i = 0; i < 5; ++i) pool.give(std::make_unique<int>(i));
  // One of this thread, and the two that everybody may have.
  EXPECT_EQ(pool.idle(), 3U);
}

TEST(ObjectPool, ThreadsShareWhatOneOfThemGaveBack) {
  ObjectPool<int> pool(2);
  pool.give(std::make_unique<int>(1));
  pool.give(std::make_unique<int>(2));
  std::jthread([&] {
    // The first is kept for the other thread.
    EXPECT_EQ(*pool.take(0), 2);
    EXPECT_EQ(*pool.take(0), 0);
  }).join();
  EXPECT_EQ(*pool.take(0), 1);
}

TEST(ObjectPool, LendsNoObjectTwiceAtTheSameTime) {
  struct Counted {
    std::atomic<int> users{0};
  };
  ObjectPool<Counted> pool(4);
  std::atomic<bool> shared{false};
  std::vector<std::jthread> threads;
  // More threads than places: some share one.
  for (std::size_t i = 0; i < ObjectPool<Counted>::kThreadPlaces + 4; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 2000; ++round) {
        std::unique_ptr<Counted> object = pool.take();
        if (object->users.fetch_add(1) != 0) shared = true;
        std::unique_ptr<Counted> other = pool.take();
        if (other->users.fetch_add(1) != 0) shared = true;
        object->users.fetch_sub(1);
        pool.give(std::move(object));
        other->users.fetch_sub(1);
        pool.give(std::move(other));
      }
    });
  }
  threads.clear();
  EXPECT_FALSE(shared);
}

}  // namespace
}  // namespace hermes

#include "http/static/clock_cache.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <functional>
#include <map>
#include <string>

namespace hermes::http {
namespace {

using Cache = ClockCache<int, std::string, std::hash<int>>;

void put(Cache& cache, int key, std::size_t weight) {
  cache.put(key, std::make_shared<const std::string>(std::to_string(key)), weight);
}

TEST(ClockCacheTest, KeepsWhatIsUsed) {
  Cache cache(3);
  for (const int key : {1, 2, 3}) put(cache, key, 1);
  EXPECT_TRUE(cache.find(1));
  EXPECT_TRUE(cache.find(3));
  put(cache, 4, 1);
  EXPECT_TRUE(cache.find(1));
  EXPECT_FALSE(cache.find(2));
  EXPECT_TRUE(cache.find(3));
  EXPECT_TRUE(cache.find(4));
}

TEST(ClockCacheTest, MakesRoomEvenWhenAllIsUsed) {
  Cache cache(3);
  for (const int key : {1, 2, 3}) put(cache, key, 1);
  for (const int key : {1, 2, 3}) EXPECT_TRUE(cache.find(key));
  put(cache, 4, 3);
  for (const int key : {1, 2, 3}) EXPECT_FALSE(cache.find(key));
  EXPECT_TRUE(cache.find(4));
  EXPECT_EQ(cache.weight(), 3U);
}

TEST(ClockCacheTest, PutsInPlaceOfWhatWasThere) {
  Cache cache(10);
  put(cache, 1, 4);
  cache.put(1, std::make_shared<const std::string>("new"), 7);
  EXPECT_EQ(*cache.find(1), "new");
  EXPECT_EQ(cache.weight(), 7U);
  // What is too large is not kept, and neither is what it replaces.
  put(cache, 1, 11);
  EXPECT_FALSE(cache.find(1));
  EXPECT_EQ(cache.weight(), 0U);
}

TEST(ClockCacheTest, NeverHoldsMoreThanItsBoundAndGivesWhatWasPutLast) {
  EXPECT_TRUE(rc::check([] {
    constexpr std::size_t kBound = 20;
    Cache cache(kBound);
    std::map<int, std::string> last;
    const auto steps = *rc::gen::container<std::vector<std::pair<int, int>>>(
        rc::gen::pair(rc::gen::inRange(0, 8), rc::gen::inRange(0, 24)));
    int number = 0;
    for (const auto& [key, weight] : steps) {
      const auto found = cache.find(key);
      // RC_ASSERT itself looks at both sides of an or.
      const bool latest = !found || *found == last[key];
      RC_ASSERT(latest);
      if (weight == 0) continue;
      last[key] = std::to_string(++number);
      cache.put(key, std::make_shared<const std::string>(last[key]),
                static_cast<std::size_t>(weight));
      RC_ASSERT(cache.weight() <= kBound);
      RC_ASSERT((cache.find(key) != nullptr) == (weight <= 20));
    }
  }));
}

}  // namespace
}  // namespace hermes::http

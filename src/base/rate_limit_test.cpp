#include "base/rate_limit.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

namespace hermes {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

constexpr SteadyTime kStart{hours{1}};

TEST(RateLimit, LetsABurstThroughAndThenTheRate) {
  RateLimit limit(10, 3);
  EXPECT_TRUE(limit.allow(kStart));
  EXPECT_TRUE(limit.allow(kStart));
  EXPECT_TRUE(limit.allow(kStart));
  EXPECT_FALSE(limit.allow(kStart));
  EXPECT_FALSE(limit.allow(kStart + milliseconds{99}));
  EXPECT_TRUE(limit.allow(kStart + milliseconds{100}));
  EXPECT_FALSE(limit.allow(kStart + milliseconds{100}));
  EXPECT_EQ(limit.take_refused(), 3U);
  EXPECT_EQ(limit.take_refused(), 0U);
}

TEST(RateLimit, DoesNotSaveUpMoreThanTheBurst) {
  RateLimit limit(1000, 5);
  EXPECT_TRUE(limit.allow(kStart, 5));
  EXPECT_TRUE(limit.allow(kStart + hours{1'000'000}, 5));
  EXPECT_FALSE(limit.allow(kStart + hours{1'000'000}));
}

TEST(RateLimit, WithoutARateThereIsOnlyTheBurst) {
  RateLimit limit(0, 2);
  EXPECT_TRUE(limit.allow(kStart, 2));
  EXPECT_FALSE(limit.allow(kStart + hours{1000}));
}

TEST(RateLimit, CountsTogetherOrNotAtAll) {
  RateLimit limit(1, 4);
  EXPECT_FALSE(limit.allow(kStart, 5));
  EXPECT_TRUE(limit.allow(kStart, 4));
  EXPECT_EQ(limit.refused(), 5U);
}

TEST(RateLimit, TimeThatStepsBackAddsNothing) {
  RateLimit limit(1000, 1);
  EXPECT_TRUE(limit.allow(kStart));
  EXPECT_FALSE(limit.allow(kStart - seconds{5}));
  EXPECT_TRUE(limit.allow(kStart + milliseconds{1}));
}

TEST(RateLimit, KeepsTheRateHoweverItIsAsked) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    const std::uint64_t rate = 1 + random.below(3000);
    const std::uint64_t burst = 5 + random.below(50);
    RateLimit limit(rate, burst);
    SteadyTime now = kStart;
    std::uint64_t allowed = 0;
    // Asked so often that the burst is never full again.
    while (now < kStart + seconds{20}) {
      while (limit.allow(now)) ++allowed;
      now += nanoseconds{random.between(1, 1'000'000)};
    }
    const auto expected = static_cast<double>(burst) + 20.0 * static_cast<double>(rate);
    EXPECT_LE(static_cast<double>(allowed), expected + 1);
    EXPECT_GE(static_cast<double>(allowed), expected - 0.002 * static_cast<double>(rate) - 2);
  }
}

}  // namespace
}  // namespace hermes

#include "http/request_rates.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <deque>

namespace hermes::http {
namespace {

using namespace std::chrono_literals;

boost::asio::ip::address address(std::uint32_t number) {
  return boost::asio::ip::address_v4(number);
}

constexpr SteadyTime kStart{1h};

TEST(RequestRates, ABurstGoesThroughAndTheRestIsSpread) {
  RequestRates rates(10, 3, 1s);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rates.take(address(1), kStart), 0ms) << i;
  for (int i = 1; i <= 10; ++i) EXPECT_EQ(rates.take(address(1), kStart), i * 100ms) << i;
  EXPECT_EQ(rates.take(address(1), kStart), std::nullopt);
  EXPECT_EQ(rates.take(address(1), kStart), std::nullopt);
  EXPECT_EQ(rates.take(address(2), kStart), 0ms) << "another address";
  // Those that were refused do not count.
  EXPECT_EQ(rates.take(address(1), kStart + 100ms), 1s);
  EXPECT_EQ(rates.take(address(1), kStart + 1100ms), 100ms);
  // After a pause there is a burst again, and no more than that.
  for (int i = 0; i < 3; ++i) EXPECT_EQ(rates.take(address(1), kStart + 1h), 0ms) << i;
  EXPECT_EQ(rates.take(address(1), kStart + 1h), 100ms);
}

TEST(RequestRates, ForgetsWhoHasBeenQuiet) {
  RequestRates rates(10, 1, 1s);
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    // Each is forgotten 100 ms later, when a hundred others have come.
    rates.take(address(i), kStart + i * 1ms);
    ASSERT_LT(rates.size(), 3000U);
  }
}

RC_GTEST_PROP(RequestRates, NobodyGetsMoreThanTheRate, ()) {
  const auto per_second = *rc::gen::inRange<std::uint64_t>(1, 1000);
  const auto burst = *rc::gen::inRange<std::uint64_t>(1, 50);
  RequestRates rates(per_second, burst, 1s);
  SteadyTime now = kStart;
  std::deque<SteadyTime> served;
  SteadyTime last{};
  for (int i = 0; i < 500; ++i) {
    now += std::chrono::microseconds(*rc::gen::inRange(0, 2000));
    const auto wait = rates.take(address(1), now);
    if (!wait) continue;
    RC_ASSERT(*wait >= 0s && *wait <= 1s);
    RC_ASSERT(now + *wait >= last);
    last = now + *wait;
    served.push_back(last);
    // In the last second, the ends counted and a nanosecond lost in each division.
    while (last - served.front() > 1s) served.pop_front();
    RC_ASSERT(served.size() <= per_second + burst + 1);
  }
}

}  // namespace
}  // namespace hermes::http

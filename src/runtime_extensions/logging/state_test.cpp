#include "runtime_extensions/logging/state.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace hermes::ext::logging {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kStart{1h};

TEST(LoggingState, WritesItsRateAndSaysOncePerSecondWhatItDropped) {
  LoggingState state({.lines_per_second = 10, .bytes_per_second = 1 << 20});
  std::uint64_t written = 0;
  std::uint64_t said = 0;
  int reports = 0;
  for (int i = 0; i < 5000; ++i) {
    const auto decision = state.admit(kStart + i * 1ms, 1);
    written += decision.write ? 1 : 0;
    if (decision.drops.lines.dropped() == 0) continue;
    ++reports;
    said += decision.drops.lines.over_lines;
    EXPECT_GE(decision.drops.within, 1s);
  }
  // The burst, and five seconds of the rate.
  EXPECT_EQ(written, 20 + 49);
  EXPECT_EQ(reports, 4);
  const Drops last = state.take_drops(kStart + 5s);
  EXPECT_EQ(written + said + last.lines.dropped(), 5000);
  EXPECT_EQ(state.take_drops(kStart + 6s).lines.dropped(), 0);
  EXPECT_EQ(state.counts().written, written);
  EXPECT_EQ(state.counts().over_lines, 5000 - written);
  EXPECT_EQ(state.counts().over_bytes, 0);
}

TEST(LoggingState, BoundsBytesAsWell) {
  LoggingState state({.lines_per_second = 1000, .bytes_per_second = 100'000});
  constexpr std::uint64_t kLine = 50'000;
  int written = 0;
  for (int i = 0; i < 10; ++i) written += state.admit(kStart, kLine).write ? 1 : 0;
  EXPECT_EQ(written, 4);
  EXPECT_TRUE(state.admit(kStart + 500ms, kLine).write);
  EXPECT_FALSE(state.admit(kStart + 500ms, kLine).write);
  EXPECT_EQ(state.counts().over_bytes, 7);
  EXPECT_EQ(state.counts().over_lines, 0);
}

TEST(LoggingState, LetsTheLargestRecordThroughHoweverLowTheRateIs) {
  LoggingState state({.lines_per_second = 1, .bytes_per_second = 1024});
  EXPECT_TRUE(state.admit(kStart, LoggingState::kLeastBurstBytes).write);
  EXPECT_FALSE(state.admit(kStart, 1024).write);
  // It is paid off at the rate.
  EXPECT_TRUE(state.admit(kStart + 1s, 1024).write);
}

}  // namespace
}  // namespace hermes::ext::logging

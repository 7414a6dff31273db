#include "runtime_extensions/logging/line_limits.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace hermes::ext::logging {
namespace {

using namespace std::chrono_literals;

constexpr SteadyTime kStart{1h};

using Decision = LineLimits::Decision;

TEST(LineLimits, WriteTheRateAndCountTheRest) {
  LineLimits limits({.lines_per_second = 10, .bytes_per_second = 1 << 20});
  std::uint64_t written = 0;
  std::uint64_t first_drops = 0;
  for (int i = 0; i < 5000; ++i) {
    const Decision decision = limits.admit(kStart + i * 1ms, 1);
    written += decision == Decision::kWrite ? 1 : 0;
    first_drops += decision == Decision::kFirstDrop ? 1 : 0;
  }
  // The burst, and five seconds of the rate.
  EXPECT_EQ(written, 20 + 49);
  EXPECT_EQ(first_drops, 1);
  const Drops drops = limits.take_drops(kStart + 5s);
  EXPECT_EQ(drops.lines.over_lines, 5000 - written);
  EXPECT_LT(drops.within, 5s);
  EXPECT_EQ(limits.take_drops(kStart + 6s).lines.dropped(), 0);
  EXPECT_EQ(limits.counts().written, written);
  EXPECT_EQ(limits.counts().over_lines, 5000 - written);
  EXPECT_EQ(limits.counts().over_bytes, 0);
  while (limits.admit(kStart + 6s, 1) == Decision::kWrite) {
  }
  EXPECT_EQ(limits.take_drops(kStart + 6s).lines.over_lines, 1);
}

TEST(LineLimits, BoundsBytesAsWell) {
  LineLimits limits({.lines_per_second = 1000, .bytes_per_second = 100'000});
  constexpr std::uint64_t kLine = 50'000;
  int written = 0;
  for (int i = 0; i < 10; ++i) written += limits.admit(kStart, kLine) == Decision::kWrite ? 1 : 0;
  EXPECT_EQ(written, 4);
  EXPECT_EQ(limits.admit(kStart + 500ms, kLine), Decision::kWrite);
  EXPECT_NE(limits.admit(kStart + 500ms, kLine), Decision::kWrite);
  EXPECT_EQ(limits.counts().over_bytes, 7);
  EXPECT_EQ(limits.counts().over_lines, 0);
}

TEST(LineLimits, LetsTheLargestRecordThroughHoweverLowTheRateIs) {
  LineLimits limits({.lines_per_second = 1, .bytes_per_second = 1024});
  EXPECT_EQ(limits.admit(kStart, LineLimits::kLeastBurstBytes), Decision::kWrite);
  EXPECT_NE(limits.admit(kStart, 1024), Decision::kWrite);
  // It is paid off at the rate.
  EXPECT_EQ(limits.admit(kStart + 1s, 1024), Decision::kWrite);
}

}  // namespace
}  // namespace hermes::ext::logging

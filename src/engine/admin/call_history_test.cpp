#include "engine/admin/call_history.hpp"

#include <gtest/gtest.h>

namespace hermes::engine {
namespace {

using event::Outcome;

TEST(CallHistory, KeepsWhatCameInEachOfTheLastSeconds) {
  CallHistory history;
  event::OutcomeCounts counts;
  counts[Outcome::kCompleted] = 1000;
  history.add(counts);
  EXPECT_TRUE(history.seconds().empty()) << "there is nothing to compare with";
  for (std::uint64_t second = 1; second <= 2 * CallHistory::kLength; ++second) {
    counts[Outcome::kCompleted] += second;
    counts[Outcome::kTrapped] += 2;
    counts[Outcome::kDeadline] += 1;
    history.add(counts);
    const auto seconds = history.seconds();
    ASSERT_EQ(seconds.size(), std::min(second, std::uint64_t{CallHistory::kLength}));
    EXPECT_EQ(seconds.back().completed, second);
    EXPECT_EQ(seconds.back().failed, 3);
    EXPECT_EQ(seconds.front().completed, second - seconds.size() + 1);
  }
}

}  // namespace
}  // namespace hermes::engine

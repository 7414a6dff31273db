#include "app/limit_options.hpp"

#include "app/application.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

namespace hermes::app {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(LimitOptions, SetWhatTheySayAndNothingElse) {
  std::set<std::string_view> names;
  for (const LimitOption& limit : limit_options()) {
    SCOPED_TRACE(limit.option);
    EXPECT_TRUE(names.insert(limit.option).second);
    EXPECT_GE(limit.standard(), limit.least);
    EXPECT_LE(limit.standard(), limit.most);
    for (const std::uint64_t value : {limit.least, limit.most}) {
      ApplicationBounds bounds;
      ASSERT_TRUE(set_limit(bounds, limit, std::to_string(value)));
      EXPECT_EQ(limit.get(bounds), value);
      EXPECT_TRUE(check_limits(bounds));
      for (const LimitOption& other : limit_options()) {
        if (&other == &limit) continue;
        EXPECT_EQ(other.get(bounds), other.standard()) << other.option;
      }
    }
  }
  EXPECT_EQ(names.size(), 10);
}

TEST(LimitOptions, RefuseWhatIsOutOfRangeAndNameIt) {
  for (const LimitOption& limit : limit_options()) {
    const std::string below = limit.least == 0 ? "-1" : std::to_string(limit.least - 1);
    for (const std::string& text :
         {below, std::to_string(limit.most + 1), std::string("18446744073709551616"),
          std::string("1.5"), std::string("1 "), std::string("+5"), std::string(""),
          std::string("many\n")}) {
      SCOPED_TRACE(std::string(limit.option) + " " + text);
      ApplicationBounds bounds;
      const auto set = set_limit(bounds, limit, text);
      ASSERT_FALSE(set);
      EXPECT_THAT(set.error().message, StartsWith(std::string(limit.option) + " "));
      EXPECT_THAT(set.error().message, HasSubstr("from " + std::to_string(limit.least) + " to " +
                                                 std::to_string(limit.most)));
      EXPECT_EQ(limit.get(bounds), limit.standard());
    }
  }
}

TEST(LimitOptions, AnApplicationIsNotMadeWithLimitsOutOfRange) {
  for (const LimitOption& limit : limit_options()) {
    ApplicationBounds bounds;
    limit.set(bounds, limit.most + 1);
    const auto made = Application::create("app", {}, bounds, EngineControl::kDenied);
    ASSERT_FALSE(made) << limit.option;
    EXPECT_EQ(made.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(made.error().message, HasSubstr(std::string(limit.option)));
  }
}

}  // namespace
}  // namespace hermes::app

#include "http/limits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace hermes::http {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST(HttpLimits, AreSetByName) {
  Limits limits;
  EXPECT_TRUE(check_limits(limits));
  EXPECT_TRUE(set_limit(limits, "max_connections", "7"));
  EXPECT_EQ(limits.max_connections, 7U);
  EXPECT_TRUE(set_limit(limits, "header_time_ms", "1500"));
  EXPECT_EQ(limits.header_time, 1500ms);
  EXPECT_TRUE(check_limits(limits));
}

TEST(HttpLimits, OtherNamesAndValuesAreRefused) {
  Limits limits;
  EXPECT_THAT(set_limit(limits, "max_conections", "7").error().message,
              HasSubstr("there is no limit max_conections; there are max_connections, "));
  for (const char* bad : {"", "x", "7x", "-1", "0", "1000001", "99999999999999999999"}) {
    EXPECT_THAT(set_limit(limits, "max_connections", bad).error().message,
                HasSubstr("from 1 to 1000000"))
        << bad;
  }
  EXPECT_EQ(limits.max_connections, Limits{}.max_connections);
  limits.idle_time = 1ms;
  EXPECT_THAT(check_limits(limits).error().message,
              HasSubstr("idle_time_ms is 1; it must be from 100"));
}

}  // namespace
}  // namespace hermes::http

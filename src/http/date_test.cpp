#include "http/date.hpp"

#include <gtest/gtest.h>

namespace hermes::http {
namespace {

using namespace std::chrono_literals;

TEST(DateCache, WritesTheTimeAsRfc9110Does) {
  DateCache date;
  const WallTime example =
      std::chrono::sys_days{std::chrono::year{1994} / 11 / 6} + 8h + 49min + 37s;
  EXPECT_EQ(date.text(example), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.text(example + 999ms), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.text(example + 1s), "Sun, 06 Nov 1994 08:49:38 GMT");
  EXPECT_EQ(date.text(example - 1h), "Sun, 06 Nov 1994 07:49:37 GMT")
      << "a clock that was set back";
}

}  // namespace
}  // namespace hermes::http

#include "http/static/http_date.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>

namespace hermes::http {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::year;

constexpr HttpDate kExample = sys_days{year{1994} / 11 / 6} + 8h + 49min + 37s;
constexpr HttpDate kNow = sys_days{year{2026} / 7 / 1} + 12h;

TEST(HttpDateTest, FormatsImfFixdate) {
  EXPECT_EQ(format_http_date(kExample), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(format_http_date(HttpDate{}), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(format_http_date(sys_days{year{2024} / 2 / 29}), "Thu, 29 Feb 2024 00:00:00 GMT");
}

TEST(HttpDateTest, WhatDoesNotFitBecomesTheNearestDate) {
  EXPECT_EQ(format_http_date(sys_days{year{12'000} / 1 / 1}), "Fri, 31 Dec 9999 23:59:59 GMT");
  EXPECT_EQ(format_http_date(sys_days{year{-4} / 1 / 1}), "Sat, 01 Jan 0000 00:00:00 GMT");
}

TEST(HttpDateTest, ReadsTheThreeFormats) {
  struct Case {
    std::string_view text;
    HttpDate date;
  };
  const Case cases[] = {
      {"Sun, 06 Nov 1994 08:49:37 GMT", kExample},
      {"Sunday, 06-Nov-94 08:49:37 GMT", kExample},
      {"Sun Nov  6 08:49:37 1994", kExample},
      {"Sun Nov 16 08:49:37 1994", kExample + std::chrono::days{10}},
      // The name of the weekday is not looked at.
      {"Mon, 06 Nov 1994 08:49:37 GMT", kExample},
      {"Sat, 31 Dec 2016 23:59:60 GMT", sys_days{year{2017} / 1 / 1}},
      {"Thu, 29 Feb 2024 00:00:00 GMT", sys_days{year{2024} / 2 / 29}},
      // Two digits: at most 50 years ahead of 2026-07-01T12:00.
      {"Monday, 01-Jan-26 00:00:00 GMT", sys_days{year{2026} / 1 / 1}},
      {"Monday, 01-Jan-76 00:00:00 GMT", sys_days{year{2076} / 1 / 1}},
      {"Monday, 01-Jul-76 12:00:00 GMT", sys_days{year{2076} / 7 / 1} + 12h},
      {"Monday, 01-Jul-76 12:00:01 GMT", sys_days{year{1976} / 7 / 1} + 12h + 1s},
      {"Monday, 31-Dec-76 00:00:00 GMT", sys_days{year{1976} / 12 / 31}},
      {"Monday, 01-Jan-77 00:00:00 GMT", sys_days{year{1977} / 1 / 1}},
      {"Monday, 31-Dec-99 00:00:00 GMT", sys_days{year{1999} / 12 / 31}},
      {"Monday, 31-Dec-00 00:00:00 GMT", sys_days{year{2000} / 12 / 31}},
  };
  for (const auto& [text, date] : cases) EXPECT_EQ(parse_http_date(text, kNow), date) << text;
}

TEST(HttpDateTest, RefusesEverythingElse) {
  for (const std::string_view text : {"",
                                      " ",
                                      "0",
                                      "now",
                                      "Sun, 06 Nov 1994 08:49:37",
                                      "Sun, 06 Nov 1994 08:49:37 UTC",
                                      "Sun, 06 Nov 1994 08:49:37 GMT ",
                                      " Sun, 06 Nov 1994 08:49:37 GMT",
                                      "Sun, 6 Nov 1994 08:49:37 GMT",
                                      "sun, 06 Nov 1994 08:49:37 GMT",
                                      "Sun, 06 nov 1994 08:49:37 GMT",
                                      "Sun, 06 Nov 94 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 24:00:00 GMT",
                                      "Sun, 06 Nov 1994 08:60:00 GMT",
                                      "Sun, 06 Nov 1994 08:49:61 GMT",
                                      "Sun, 00 Nov 1994 08:49:37 GMT",
                                      "Sun, 31 Nov 1994 08:49:37 GMT",
                                      "Wed, 29 Feb 2023 00:00:00 GMT",
                                      "Sun, 06 Nov -994 08:49:37 GMT",
                                      "Sun, 06 Nov 1994 +8:49:37 GMT",
                                      "Sunday, 06-Nov-1994 08:49:37 GMT",
                                      "Sun, 06-Nov-94 08:49:37 GMT",
                                      "Sun Nov 6 08:49:37 1994",
                                      "Sun Nov  6 08:49:37 94",
                                      "1994-11-06T08:49:37Z"})
    EXPECT_EQ(parse_http_date(text, kNow), std::nullopt) << text;
}

TEST(HttpDateTest, WhatIsFormattedIsReadAsTheSame) {
  EXPECT_TRUE(rc::check([] {
    // From the year 0 to 9999.
    const HttpDate date{
        std::chrono::seconds{*rc::gen::inRange<std::int64_t>(-62'167'219'200, 253'402'300'800)}};
    const std::string text = format_http_date(date);
    RC_ASSERT(text.size() == 29U);
    RC_ASSERT(parse_http_date(text, kNow) == date);
  }));
}

}  // namespace
}  // namespace hermes::http

#include "http/static/preconditions.hpp"

#include <gtest/gtest.h>

#include <ostream>

namespace hermes::http {
namespace {

using namespace std::chrono_literals;

constexpr HttpDate kModified = std::chrono::sys_days{std::chrono::year{2024} / 5 / 1} + 12h;
constexpr HttpDate kNow = kModified + 24h;
constexpr std::string_view kThen = "Wed, 01 May 2024 12:00:00 GMT";
constexpr std::string_view kBefore = "Wed, 01 May 2024 11:59:59 GMT";
constexpr std::string_view kAfter = "Wed, 01 May 2024 12:00:01 GMT";
constexpr std::string_view kSame = R"("a")";
constexpr std::string_view kSameWeakly = R"(W/"a")";
constexpr std::string_view kOther = R"("b")";
constexpr Validators kCurrent{.tag = {.opaque = "a", .weak = false}, .last_modified = kModified};

constexpr Verdict kProceed = Verdict::kProceed;
constexpr Verdict kWhole = Verdict::kIgnoreRange;
constexpr Verdict kNotModified = Verdict::kNotModified;
constexpr Verdict kFailed = Verdict::kFailed;

TEST(PreconditionsTest, InTheOrderOfTheRfc) {
  struct Case {
    const char* name;
    Conditions conditions;
    Verdict verdict;
  };
  const Case cases[] = {
      {"none", {}, kProceed},
      {"match", {.if_match = kSame}, kProceed},
      {"match any", {.if_match = "*"}, kProceed},
      {"match weak", {.if_match = kSameWeakly}, kFailed},
      {"match other", {.if_match = kOther}, kFailed},
      {"match nonsense", {.if_match = "a"}, kFailed},
      {"unmodified since then", {.if_unmodified_since = kThen}, kProceed},
      {"unmodified since later", {.if_unmodified_since = kAfter}, kProceed},
      {"unmodified since earlier", {.if_unmodified_since = kBefore}, kFailed},
      {"unmodified since nonsense", {.if_unmodified_since = "yesterday"}, kProceed},
      {"match goes before unmodified",
       {.if_match = kSame, .if_unmodified_since = kBefore},
       kProceed},
      {"failed match goes before unmodified",
       {.if_match = kOther, .if_unmodified_since = kAfter},
       kFailed},
      {"none match same", {.if_none_match = kSame}, kNotModified},
      {"none match weak", {.if_none_match = kSameWeakly}, kNotModified},
      {"none match any", {.if_none_match = "*"}, kNotModified},
      {"none match other", {.if_none_match = kOther}, kProceed},
      {"none match nonsense", {.if_none_match = "a"}, kProceed},
      {"modified since then", {.if_modified_since = kThen}, kNotModified},
      {"modified since later", {.if_modified_since = kAfter}, kNotModified},
      {"modified since earlier", {.if_modified_since = kBefore}, kProceed},
      {"modified since nonsense", {.if_modified_since = "0"}, kProceed},
      {"none match goes before modified",
       {.if_none_match = kOther, .if_modified_since = kAfter},
       kProceed},
      {"none match same goes before modified",
       {.if_none_match = kSame, .if_modified_since = kBefore},
       kNotModified},
      {"failed match goes before none match",
       {.if_match = kOther, .if_none_match = kSame},
       kFailed},
      {"match, and none match", {.if_match = kSame, .if_none_match = kSame}, kNotModified},
      {"match, and modified since", {.if_match = kSame, .if_modified_since = kThen}, kNotModified},
      {"failed unmodified goes before none match",
       {.if_none_match = kSame, .if_unmodified_since = kBefore},
       kFailed},
      {"range of the same", {.if_range = kSame}, kProceed},
      {"range of another", {.if_range = kOther}, kWhole},
      {"range of the same weakly", {.if_range = kSameWeakly}, kWhole},
      {"range of any", {.if_range = "*"}, kWhole},
      {"range of then", {.if_range = kThen}, kProceed},
      {"range of later", {.if_range = kAfter}, kWhole},
      {"range of earlier", {.if_range = kBefore}, kWhole},
      {"range of a list", {.if_range = R"("a", "b")"}, kWhole},
      {"not modified goes before range",
       {.if_none_match = kSame, .if_range = kOther},
       kNotModified},
  };
  for (const auto& [name, conditions, verdict] : cases)
    EXPECT_EQ(evaluate(conditions, kCurrent, kNow), verdict) << name;
}

TEST(PreconditionsTest, ADateOfThisSecondIsNoStrongValidator) {
  // RFC 9110, section 8.8.2.2: the file may change again before the second is over.
  EXPECT_EQ(evaluate({.if_range = kThen}, kCurrent, kModified), kWhole);
  EXPECT_EQ(evaluate({.if_range = kThen}, kCurrent, kModified + 1s), kProceed);
}

}  // namespace
}  // namespace hermes::http

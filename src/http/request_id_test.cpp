#include "http/request_id.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hermes::http {
namespace {

TEST(RequestId, TakesOverWhatIsFitToPrint) {
  SeededRandom random(1);
  for (const std::string& given :
       {std::string("7"), std::string("a-b_c.d:e/f+g=h@i"), std::string(64, 'x')}) {
    EXPECT_EQ(RequestId::from(given, random).text(), given);
  }
}

TEST(RequestId, MakesOneInsteadOfEverythingElse) {
  SeededRandom random(1);
  for (const std::string& given : {std::string(), std::string(65, 'x'), std::string("a b"),
                                   std::string("a\"b"), std::string("a\nb"), std::string("a\0b", 3),
                                   std::string("\x1b[31m"), std::string("\xc3\xa4")}) {
    const std::string made(RequestId::from(given, random).text());
    EXPECT_EQ(made.size(), 32U) << given;
    EXPECT_EQ(made.find_first_not_of("0123456789abcdef"), std::string::npos) << made;
    EXPECT_NE(made, RequestId::from(given, random).text());
  }
}

}  // namespace
}  // namespace hermes::http

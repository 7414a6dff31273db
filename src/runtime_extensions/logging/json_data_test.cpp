#include "runtime_extensions/logging/json_data.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace hermes::ext::logging {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(JsonData, PutsAnyValueOnOneLineAndKeepsItsTokens) {
  EXPECT_EQ(read_json_data(" { \"a\" : [ 1 , 2.50 , 1e3 ],\n\t\"b\": \"x \\\" y\" } ")->text,
            R"({"a":[1,2.50,1e3],"b":"x \" y"})");
  EXPECT_EQ(read_json_data("null")->text, "null");
  EXPECT_EQ(read_json_data(" 123456789012345678901234567890 ")->text,
            "123456789012345678901234567890");
  EXPECT_EQ(read_json_data("\"\"")->text, "\"\"");
}

TEST(JsonData, RefusesWhatIsNotJson) {
  for (const std::string& text :
       {std::string(""), std::string(" "), std::string("{"), std::string("{}{}"),
        std::string("{} x"), std::string("nul"), std::string("{'a':1}"), std::string("[1,]"),
        std::string("// c\n1"), std::string("\"\n\""), std::string("NaN"), std::string("\"\xff\""),
        std::string("\"a\0b\"", 5), std::string("01"), std::string(100'000, '[')}) {
    EXPECT_FALSE(read_json_data(text)) << text.substr(0, 40);
  }
}

TEST(JsonData, BoundsTheDepth) {
  const auto nested = [](unsigned depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(read_json_data(nested(kMaxJsonDepth)));
  EXPECT_FALSE(read_json_data(nested(kMaxJsonDepth + 1)));
}

TEST(JsonData, ReadsABacktraceNewestFirst) {
  const auto data = read_json_data(R"({"bt": ["inner\n  at x.c:1", "outer"]})");
  ASSERT_TRUE(data);
  EXPECT_THAT(data->backtrace, ElementsAre("inner\n  at x.c:1", "outer"));
  EXPECT_EQ(data->text, "");
}

TEST(JsonData, KeepsWhatStandsBesideABacktrace) {
  const auto data = read_json_data(R"({"bt": ["f"], "code": 7})");
  ASSERT_TRUE(data);
  EXPECT_THAT(data->backtrace, ElementsAre("f"));
  EXPECT_EQ(data->text, R"({"code":7})");
}

TEST(JsonData, ABtThatIsNoListOfStringsIsData) {
  for (const std::string text :
       {R"({"bt":[1]})", R"({"bt":"f"})", R"([{"bt":["f"]}])", R"("bt")"}) {
    const auto data = read_json_data(text);
    ASSERT_TRUE(data) << text;
    EXPECT_THAT(data->backtrace, IsEmpty()) << text;
    EXPECT_EQ(data->text, text);
  }
}

}  // namespace
}  // namespace hermes::ext::logging

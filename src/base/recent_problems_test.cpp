#include "base/recent_problems.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <vector>

namespace hermes {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::Pair;

LogEntry entry(std::string_view application, std::string_view message) {
  return {.level = LogLevel::kError,
          .message = message,
          .scope = {.application = application, .module = "m", .event = "e", .counter = 7}};
}

std::vector<std::string> messages(const RecentProblems& problems) {
  std::vector<std::string> result;
  for (const RecentProblem& each : problems.all()) result.push_back(each.message);
  return result;
}

TEST(RecentProblems, KeepsWhatWasSaidTheLatestFirst) {
  RecentProblems problems;
  const std::array fields = {LogField{"text", std::string_view("a")},
                             LogField{"count", std::int64_t{-3}},
                             LogField{"json", RawJson{R"({"b":1})"}}, LogField{"flag", true}};
  const std::vector<std::string> backtrace = {"inner", "outer"};
  LogEntry first = entry("app", "first");
  first.fields = fields;
  first.backtrace = backtrace;
  problems.add(first, WallTime{1s});
  problems.add(entry("app", "second"), WallTime{2s});
  EXPECT_THAT(messages(problems), ElementsAre("second", "first"));
  const RecentProblem kept = problems.all().back();
  EXPECT_EQ(kept.at, WallTime{1s});
  EXPECT_EQ(kept.application, "app");
  EXPECT_EQ(kept.module, "m");
  EXPECT_EQ(kept.event, "e");
  EXPECT_EQ(kept.counter, 7);
  EXPECT_THAT(kept.backtrace, ElementsAre("inner", "outer"));
  EXPECT_THAT(kept.fields, ElementsAre(Pair("text", "a"), Pair("count", "-3"),
                                       Pair("json", R"({"b":1})"), Pair("flag", "true")));
}

TEST(RecentProblems, CountsRepetitionsAndMovesThemToTheFront) {
  RecentProblems problems;
  problems.add(entry("app", "again"), WallTime{1s});
  problems.add(entry("app", "other"), WallTime{2s});
  LogEntry last = entry("app", "again");
  last.scope.counter = 9;
  problems.add(last, WallTime{3s});
  EXPECT_THAT(messages(problems), ElementsAre("again", "other"));
  const RecentProblem kept = problems.all().front();
  EXPECT_EQ(kept.count, 2);
  EXPECT_EQ(kept.first_at, WallTime{1s});
  EXPECT_EQ(kept.at, WallTime{3s});
  EXPECT_EQ(kept.counter, 9);
  EXPECT_EQ(kept.sequence, 3);
  // The same words of another application are another problem.
  problems.add(entry("second", "again"), WallTime{4s});
  EXPECT_EQ(problems.all().size(), 3);
}

TEST(RecentProblems, OneApplicationCannotPushOutTheOthers) {
  RecentProblems problems;
  problems.add(entry("quiet", "the one that matters"), WallTime{});
  problems.add(entry("", "of the engine"), WallTime{});
  for (int i = 0; i < 10'000; ++i) {
    const std::string text = fmt::format("{}", i);
    problems.add(entry("loud", text), WallTime{});
  }
  const std::vector<std::string> kept = messages(problems);
  EXPECT_EQ(kept.size(), RecentProblems::kMost);
  EXPECT_EQ(kept.front(), "9999");
  EXPECT_EQ(kept.back(), "the one that matters");
  EXPECT_EQ(kept[kept.size() - 2], "of the engine");
}

TEST(RecentProblems, CutsWhatIsTooLongBetweenCharacters) {
  RecentProblems problems;
  for (std::size_t shift = 0; shift < 4; ++shift) {
    std::string text(shift, 'x');
    while (text.size() < 100'000) text += "\xf0\x9f\x92\x93";
    const std::vector<std::string> frames(1000, text);
    const std::vector<LogField> fields(100, LogField{text, std::string_view(text)});
    LogEntry huge = entry(text, text);
    huge.scope.module = text;
    huge.backtrace = frames;
    huge.fields = fields;
    problems.add(huge, WallTime{});
    const RecentProblem kept = problems.all().front();
    EXPECT_LE(kept.message.size(), RecentProblems::kMostBytes);
    EXPECT_GT(kept.message.size(), RecentProblems::kMostBytes - 8);
    EXPECT_THAT(kept.message, EndsWith("\x93..."));
    EXPECT_TRUE(is_utf8(kept.message));
    EXPECT_TRUE(is_utf8(kept.module));
    EXPECT_EQ(kept.backtrace.size(), RecentProblems::kMostFrames + 1);
    EXPECT_EQ(kept.backtrace.back(), "and 968 more");
    EXPECT_EQ(kept.fields.size(), RecentProblems::kMostFields);
    EXPECT_LE(kept.fields.front().second.size(), RecentProblems::kMostFieldBytes);
  }
}

TEST(RecentProblems, WhatIsNoTextBecomesText) {
  RecentProblems problems;
  for (const std::string& text : {std::string("\xff\xfe"), std::string(5000, '\x80'),
                                  std::string(RecentProblems::kMostBytes, '\xbf')}) {
    problems.add(entry("app", text), WallTime{});
    EXPECT_TRUE(is_utf8(problems.all().front().message));
    EXPECT_LE(problems.all().front().message.size(), RecentProblems::kMostBytes);
  }
}

}  // namespace
}  // namespace hermes

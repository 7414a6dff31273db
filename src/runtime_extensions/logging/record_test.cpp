#include "runtime_extensions/logging/record.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hermes::ext::logging {
namespace {

using testing::HasSubstr;
using testing::Not;

class RecordTest : public testing::Test {
 protected:
  boost::json::object line_of(const Record& record, const Config& config = {}) {
    lines_.clear();
    write(json_, scope(), record, config);
    EXPECT_EQ(lines_.size(), 1U);
    return lines_.empty() ? boost::json::object() : boost::json::parse(lines_[0]).as_object();
  }

  static LogScope scope() {
    return {.application = "app", .module = "module", .event = "on-cron", .counter = 3};
  }

  ManualClock clock_;
  std::vector<std::string> lines_;
  std::vector<std::string> human_lines_;
  Log json_{{.format = LogFormat::kJson,
             .level = LogLevel::kDebug,
             .colour = {},
             .output = [this](std::string_view line) { lines_.emplace_back(line); }},
            clock_};
  Log human_{{.format = LogFormat::kHuman,
              .level = LogLevel::kDebug,
              .colour = false,
              .output = [this](std::string_view line) { human_lines_.emplace_back(line); }},
             clock_};
};

TEST_F(RecordTest, KeepsEverythingThatWasGiven) {
  const auto line = line_of({.level = LogLevel::kWarn,
                             .file = "main.cpp",
                             .function = "tick",
                             .line = 12,
                             .column = 5,
                             .context = "request 9",
                             .message = "hello",
                             .data = R"({ "a": 1 })"});
  EXPECT_EQ(line.at("level").as_string(), "warn");
  EXPECT_EQ(line.at("application").as_string(), "app");
  EXPECT_EQ(line.at("module").as_string(), "module");
  EXPECT_EQ(line.at("event").as_string(), "on-cron");
  EXPECT_EQ(line.at("counter").to_number<int>(), 3);
  EXPECT_EQ(line.at("file").as_string(), "main.cpp");
  EXPECT_EQ(line.at("function").as_string(), "tick");
  EXPECT_EQ(line.at("line").to_number<int>(), 12);
  EXPECT_EQ(line.at("col").to_number<int>(), 5);
  EXPECT_EQ(line.at("ctx").as_string(), "request 9");
  EXPECT_EQ(line.at("message").as_string(), "hello");
  EXPECT_EQ(line.at("data").at("a").to_number<int>(), 1);
  EXPECT_FALSE(line.contains("warning"));
}

TEST_F(RecordTest, LeavesOutWhatWasNotGiven) {
  const auto line = line_of({.message = "hello"});
  for (const std::string key :
       {"file", "function", "line", "col", "ctx", "data", "warning", "cut", "backtrace"}) {
    EXPECT_FALSE(line.contains(key)) << key;
  }
}

TEST_F(RecordTest, BriefLinesShowTheLocationOfWhatIsOutOfTheOrdinary) {
  const Config config{.location = SourceLocation::kBrief};
  Record record{.level = LogLevel::kWarn,
                .file = "main.cpp",
                .function = "tick",
                .line = 12,
                .column = 5,
                .message = "hello"};
  EXPECT_EQ(line_of(record, config).at("at").as_string(), "main.cpp:12");
  EXPECT_FALSE(line_of(record, config).contains("function"));
  record.level = LogLevel::kInfo;
  EXPECT_FALSE(line_of(record, config).contains("at"));
}

TEST_F(RecordTest, DataThatIsNotJsonIsAStringWithAWarning) {
  const auto line = line_of({.message = "m", .data = "{oops"});
  EXPECT_EQ(line.at("data").as_string(), "{oops");
  EXPECT_EQ(line.at("warning").as_string(), "data is not valid JSON");
}

TEST_F(RecordTest, BacktraceIsReadableInBothFormats) {
  const Record record{
      .level = LogLevel::kError, .message = "m", .data = R"({"bt":["inner\n at x.rs:1","outer"]})"};
  const auto line = line_of(record);
  ASSERT_EQ(line.at("backtrace").as_array().size(), 2);
  EXPECT_EQ(line.at("backtrace").at(0).as_string(), "inner\n at x.rs:1");
  EXPECT_FALSE(line.contains("data"));
  write(human_, scope(), record, {});
  ASSERT_EQ(human_lines_.size(), 1);
  EXPECT_THAT(human_lines_[0], HasSubstr("inner\n"));
  EXPECT_LT(human_lines_[0].find("inner"), human_lines_[0].find("outer"));
}

TEST_F(RecordTest, CutsWhatIsTooLongAtACharacterAndSaysSo) {
  const Config config{.max_message_bytes = 5, .max_data_bytes = 4, .max_text_bytes = 3};
  const auto line = line_of({.file = "longer", .message = "abcdé", .data = "[1,2]"}, config);
  EXPECT_EQ(line.at("message").as_string(), "abcd");
  EXPECT_EQ(line.at("file").as_string(), "lon");
  EXPECT_EQ(line.at("data").as_string(), "[1,2");
  EXPECT_EQ(line.at("warning").as_string(), "data is too long");
  EXPECT_EQ(line.at("cut").as_string(), "message of 6 bytes, file of 6 bytes, data of 5 bytes");
}

TEST_F(RecordTest, NoControlCharacterGetsThrough) {
  const Record record{
      .file = "\x1b[2J", .message = "a\x1b[31mb\nc\x07\u009b", .data = "\"\\u001b\x7f\""};
  write(json_, scope(), record, {});
  write(human_, scope(), record, {});
  for (const std::string& line : {lines_.at(0), human_lines_.at(0)}) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
    EXPECT_EQ(line.find('\x07'), std::string::npos) << line;
    EXPECT_EQ(line.find('\n'), line.size() - 1) << line;
  }
  EXPECT_THAT(human_lines_[0], Not(HasSubstr("\u009b")));
}

TEST_F(RecordTest, CountsTheBytesOfAllItsTexts) {
  EXPECT_EQ(bytes_of({.message = ""}), 0);
  EXPECT_EQ(
      bytes_of(
          {.file = "a", .function = "bc", .context = "def", .message = "ghij", .data = "klmno"}),
      15);
}

}  // namespace
}  // namespace hermes::ext::logging

// hermes test, inspect and componentize, as processes.
#include "base/testing/temporary_directory.hpp"
#include "process.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace hermes::tests {
namespace {

using namespace std::string_literals;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// --------------------------------------------------------------------------------------------------------------
// test

class TestCommandRuns : public ::testing::TestWithParam<const char*> {};

TEST_P(TestCommandRuns, EachCaseAndEndsWithTheCount) {
  const ProcessEnd end = run({"test", guest(GetParam())});
  EXPECT_EQ(end.status, 0) << end.out << end.err;
  const std::vector<std::string> lines = lines_of(end.out);
  ASSERT_GE(lines.size(), 4);
  EXPECT_EQ(lines.back(), std::to_string(lines.size() - 1) + " passed, 0 failed");
  for (std::size_t index = 0; index + 1 < lines.size(); ++index) {
    EXPECT_THAT(lines[index], StartsWith("ok "));
  }
  // Its ticks end as they do without a test.
  EXPECT_THAT(end.err, Not(HasSubstr("had not ended"))) << end.err;
}

// The one in JavaScript is compiled for a quarter of a minute when the cache does not have it yet.
INSTANTIATE_TEST_SUITE_P(Languages, TestCommandRuns,
                         ::testing::Values("everything-cpp", "everything-rust", "everything-js"));

TEST(TestCommand, ATickThatFailsAfterItsCaseIsLogged) {
  const ProcessEnd end = run({"test", guest("odd-cases"), "--filter", "its tick fails"});
  EXPECT_EQ(end.status, 0) << end.out << end.err;
  EXPECT_THAT(end.err, AllOf(HasSubstr("the call trapped"), HasSubstr("failed-after-its-case")));
  EXPECT_THAT(end.err, Not(HasSubstr("had not ended")));
}

TEST(TestCommand, ATickThatNeverEndsIsStoppedAndLogged) {
  const ProcessEnd end = run({"test", guest("odd-cases"), "--filter", "its tick never ends"});
  EXPECT_EQ(end.status, 0) << end.out << end.err;
  EXPECT_EQ(count(end.err, "had not ended when its application was stopped"), 1) << end.err;
}

TEST(TestCommand, AFailedCaseIsReportedOnce) {
  const std::vector<std::string> arguments = {"test", guest("odd-cases"), "--filter", "it traps"};
  const ProcessEnd end = run(arguments);
  EXPECT_EQ(end.status, 1);
  EXPECT_EQ(count(end.out, "failed-in-its-case"), 1) << end.out;
  EXPECT_EQ(count(end.err, "failed-in-its-case"), 0) << end.err;
  EXPECT_EQ(lines_of(end.out).back(), "0 passed, 1 failed");
}

TEST(TestCommand, ListsAndFilters) {
  const std::vector<std::string> all =
      lines_of(run({"test", guest("everything-cpp"), "--list"}).out);
  const std::vector<std::string> some =
      lines_of(run({"test", guest("everything-cpp"), "--list", "--filter", "cron"}).out);
  EXPECT_GT(some.size(), 1);
  EXPECT_LT(some.size(), all.size());
  EXPECT_THAT(some, Each(HasSubstr("cron")));
}

TEST(TestCommand, AFilterThatFitsNothingIsAFailure) {
  const ProcessEnd end = run({"test", guest("everything-cpp"), "--filter", "no such case"});
  EXPECT_EQ(end.status, 1);
  EXPECT_EQ(lines_of(end.out).back(), "0 passed, 0 failed");
}

TEST(TestCommand, AComponentWithoutCasesIsAFailure) {
  const ProcessEnd end = run({"test", guest("noop")});
  EXPECT_EQ(end.status, 1);
  EXPECT_THAT(end.err, HasSubstr("does not export hermes:integration-test/event"));
}

// -----------------------------------------------------------------------------------------------------------
// inspect

TEST(Inspect, EveryGuestCanBeLookedAtInBothFormats) {
  std::size_t guests = 0;
  for (const auto& entry : std::filesystem::directory_iterator(HERMES_GUESTS_DIR)) {
    if (entry.path().extension() != ".wasm") continue;
    // The large one takes its time to compile, and has a test of its own.
    if (entry.path().stem() == "everything-js") continue;
    ++guests;
    const ProcessEnd text = run({"inspect", entry.path().string()});
    EXPECT_EQ(text.status, 0) << entry.path() << text.err;
    EXPECT_THAT(text.out, HasSubstr("Events of this engine"));
    const ProcessEnd json = run({"inspect", entry.path().string(), "--format", "json"});
    EXPECT_EQ(json.status, 0);
    const auto report = boost::json::parse(json.out).as_object();
    EXPECT_EQ(report.at("runnable").as_bool(), entry.path().stem() != "stranger") << entry.path();
  }
  EXPECT_GE(guests, 10);
}

TEST(Inspect, NamesWhatIsMissingAndWhatToDo) {
  const ProcessEnd end = run({"inspect", guest("stranger")});
  EXPECT_EQ(end.status, 0);
  EXPECT_THAT(end.out, HasSubstr("hermes:unknown/api"));
  EXPECT_THAT(end.out, HasSubstr("MISSING"));
  EXPECT_THAT(end.out, HasSubstr("--trap-missing-imports"));
}

// ---------------------------------------------------------------------------------------------------------
// bad input

class BadInput : public ::testing::TestWithParam<const char*> {
 protected:
  void expect_refused(const std::string& path, const std::string& said) {
    const ProcessEnd end = run({GetParam(), path});
    EXPECT_EQ(end.status, 1) << path;
    EXPECT_THAT(end.out, IsEmpty());
    EXPECT_THAT(end.err, HasSubstr("hermes: error: " + path)) << path;
    EXPECT_THAT(end.err, HasSubstr(said)) << path;
  }
  TemporaryDirectory directory_;
};

TEST_P(BadInput, NamesTheFileTheRuleAndTheWayOut) {
  expect_refused(directory_ / "missing.wasm", "there is no such file");
  expect_refused(directory_.path(), "is a directory");
  expect_refused(directory_.write("empty.wasm", ""), "is empty");
  expect_refused(directory_.write("core.wasm", "\0asm\1\0\0\0"s), "hermes componentize");
  expect_refused(directory_.write("text.wat", "(component)"), "WebAssembly text");
  expect_refused(directory_.write("random.wasm", "these are not the bytes"),
                 "it is not WebAssembly");
  expect_refused("/dev/null", "not a regular file");
  std::ifstream file(guest("noop"), std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(file)), {});
  ASSERT_GT(whole.size(), 100);
  expect_refused(directory_.write("truncated.wasm", whole.substr(0, whole.size() / 2)),
                 "unexpected end");
  // A file of a gigabyte that takes no room.
  const std::string huge = directory_.write("huge.wasm", "\0asm\x0d\0\1\0"s);
  std::filesystem::resize_file(huge, std::uintmax_t{1} << 30);
  expect_refused(huge, "more than");
}

INSTANTIATE_TEST_SUITE_P(Commands, BadInput, ::testing::Values("playground", "inspect", "test"));

TEST(BadInput, ControlCharactersOfAFileNameDoNotReachTheTerminal) {
  const ProcessEnd end = run({"inspect", "/no/such/\x1b[2Jfile"});
  EXPECT_EQ(end.status, 1);
  EXPECT_EQ(end.err.find('\x1b'), std::string::npos);
}

// ------------------------------------------------------------------------------------------------------
// componentize

constexpr const char* kWit =
    "package test:adder;\nworld adder { export add: func(a: u32, b: u32) -> u32; }\n";
constexpr const char* kCore =
    "(module (func (export \"add\") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get "
    "1))))";

TEST(Componentize, MakesAComponentOfTextThatCanBeInspected) {
  const TemporaryDirectory directory;
  const std::string core = directory.write("adder.wat", kCore);
  const std::string wit = directory.write("adder.wit", kWit);
  for (const std::string encoding : {"utf8", "utf16", "compact-utf16"}) {
    const std::string out = directory / ("adder-" + encoding + ".wasm");
    const ProcessEnd end = run({"componentize", core, "--wit", wit, "--world", "adder", "-o", out,
                                "--string-encoding", encoding});
    ASSERT_EQ(end.status, 0) << end.err;
    EXPECT_THAT(end.out, IsEmpty());
    const ProcessEnd inspected = run({"inspect", out, "--format", "json"});
    ASSERT_EQ(inspected.status, 0) << inspected.err;
    const auto report = boost::json::parse(inspected.out).as_object();
    EXPECT_EQ(report.at("exports").at(0).at("name").as_string(), "add");
    EXPECT_EQ(report.at("exports").at(0).at("signature").as_string(), "func(u32, u32) -> u32");
    // It handles no event: there is advice.
    EXPECT_FALSE(report.at("runnable").as_bool());
  }
}

TEST(Componentize, SaysWhatDoesNotFitAndLeavesNoFile) {
  const TemporaryDirectory directory;
  const std::string wit = directory.write("adder.wit", kWit);
  const std::string core = directory.write("other.wat", "(module (func (export \"sub\")))");
  const std::string out = directory / "out.wasm";
  const ProcessEnd end = run({"componentize", core, "--wit", wit, "--world", "adder", "-o", out});
  EXPECT_EQ(end.status, 1);
  EXPECT_THAT(end.err, HasSubstr("add"));
  EXPECT_FALSE(std::filesystem::exists(out));
  EXPECT_EQ(
      run({"componentize", core, "--wit", directory / "no.wit", "--world", "adder", "-o", out})
          .status,
      1);
  EXPECT_EQ(run({"componentize", core, "--wit", wit, "--world", "missing", "-o", out}).status, 1);
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(Componentize, RefusesAComponentAndAFileThatCannotBeWritten) {
  const TemporaryDirectory directory;
  const ProcessEnd component = run({"componentize", guest("noop"), "-o", directory / "out.wasm"});
  EXPECT_EQ(component.status, 1);
  EXPECT_THAT(component.err, HasSubstr("it is a component already"));
  const std::string core = directory.write("adder.wat", kCore);
  const std::string wit = directory.write("adder.wit", kWit);
  const ProcessEnd end = run(
      {"componentize", core, "--wit", wit, "--world", "adder", "-o", "/no/such/folder/out.wasm"});
  EXPECT_EQ(end.status, 1);
  EXPECT_THAT(end.err, HasSubstr("/no/such/folder/out.wasm: cannot write it"));
}

}  // namespace
}  // namespace hermes::tests

// hermes playground, as a process.
#include "base/testing/temporary_directory.hpp"
#include "process.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <map>
#include <string>
#include <vector>

namespace hermes::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

TEST(Playground, EndsWithStatusZeroAtItsTimeout) {
  const ProcessEnd end = run({"playground", guest("heartbeat"), "--timeout-ms", "1500"});
  EXPECT_EQ(end.status, 0) << end.err;
  EXPECT_THAT(end.err, HasSubstr("heartbeat number 1"));
}

TEST(Playground, ResultsAndLogsAreApart) {
  const ProcessEnd end = run({"playground", guest("heartbeat"), "--timeout-ms", "1200"});
  // There is no result, and all log lines are JSON because standard error is no terminal.
  EXPECT_THAT(end.out, IsEmpty());
  const std::vector<std::string> lines = lines_of(end.err);
  EXPECT_GE(lines.size(), 6);
  for (const std::string& line : lines) {
    boost::json::error_code error;
    const boost::json::value value = boost::json::parse(line, error);
    ASSERT_FALSE(error) << line;
    for (const char* key : {"time", "level", "message"}) {
      EXPECT_TRUE(value.as_object().contains(key)) << line;
    }
  }
}

TEST(Playground, HumanLinesSayWhatStartedAndWhatHappened) {
  const ProcessEnd end =
      run({"playground", guest("heartbeat"), "--timeout-ms", "1500", "--log-format", "human"});
  EXPECT_EQ(end.status, 0);
  EXPECT_THAT(
      end.err,
      AllOf(HasSubstr("application heartbeat is ready"), HasSubstr("handles init, on-cron, reply"),
            HasSubstr("hermes:logging, hermes:init, hermes:cron, hermes:http-gateway"),
            HasSubstr("Tick: \"beat 1\""), HasSubstr("Stopped after")));
  // No terminal, no colour.
  EXPECT_THAT(end.err, Not(HasSubstr("\x1b")));
}

TEST(Playground, TheStatusOfDoneIsTheExitStatus) {
  EXPECT_EQ(run({"playground", guest("init-done")}).status, 7);
}

class PlaygroundStops : public ::testing::TestWithParam<int> {};

TEST_P(PlaygroundStops, InOrderAtTheFirstSignal) {
  Process process({"playground", guest("heartbeat")});
  ASSERT_TRUE(process.wait_for_err("heartbeat number 1"));
  process.send(GetParam());
  const ProcessEnd end = process.wait();
  EXPECT_EQ(end.signal, 0);
  EXPECT_EQ(end.status, 0);
  EXPECT_THAT(end.err, HasSubstr("application stopped"));
}

INSTANTIATE_TEST_SUITE_P(Signals, PlaygroundStops, ::testing::Values(SIGINT, SIGTERM));

TEST(Playground, ASecondSignalStopsAtOnce) {
  // The tick never returns, and its deadline and the grace are far away.
  Process process({"playground", guest("hostile-loop-on-cron"), "--deadline-ms", "600000",
                   "--grace-ms", "600000"});
  ASSERT_TRUE(process.wait_for_err("application ready"));
  ASSERT_TRUE(process.wait_until_it_computes());
  process.send(SIGTERM);
  ASSERT_TRUE(process.wait_for_err("stopping"));
  process.send(SIGINT);
  const ProcessEnd end = process.wait();
  EXPECT_EQ(end.status, 128 + SIGINT);
  EXPECT_THAT(end.err, HasSubstr("stopped at once"));
}

TEST(Playground, WhatIsLeftAfterTheGraceIsStoppedAndReported) {
  Process process({"playground", guest("hostile-loop-on-cron"), "--deadline-ms", "600000",
                   "--grace-ms", "100"});
  ASSERT_TRUE(process.wait_for_err("application ready"));
  ASSERT_TRUE(process.wait_until_it_computes());
  process.send(SIGTERM);
  const ProcessEnd end = process.wait();
  EXPECT_EQ(end.status, 0);
  EXPECT_THAT(end.err, HasSubstr("on-cron"));
  EXPECT_THAT(end.err, HasSubstr("had not ended when its application was stopped"));
}

TEST(Playground, ASignalWhileItStartsEndsIt) {
  Process process({"playground", guest("hostile-loop-init"), "--log-level", "trace"});
  // Nothing tells that init runs: the signal comes whenever it comes, before or during it.
  process.send(SIGTERM);
  const ProcessEnd end = process.wait();
  EXPECT_TRUE(end.status == 128 + SIGTERM || end.signal == SIGTERM) << end.status << ' ' << end.err;
}

struct StartCase {
  std::vector<std::string> arguments;
  std::vector<std::string> said;
};

class PlaygroundDoesNotStart : public ::testing::TestWithParam<StartCase> {};

TEST_P(PlaygroundDoesNotStart, WithAClearMessage) {
  std::vector<std::string> arguments = GetParam().arguments;
  arguments.insert(arguments.begin(), "playground");
  const ProcessEnd end = run(arguments);
  EXPECT_EQ(end.status, 1) << end.err;
  EXPECT_THAT(end.out, IsEmpty());
  EXPECT_THAT(end.err, HasSubstr("hermes: error: "));
  for (const std::string& said : GetParam().said) EXPECT_THAT(end.err, HasSubstr(said));
}

INSTANTIATE_TEST_SUITE_P(
    Guests, PlaygroundDoesNotStart,
    ::testing::Values(
        StartCase{{guest("init-false")},
                  {"application init-false does not start", "module init-false", "answered false"}},
        StartCase{{guest("hostile-trap-init")},
                  {"module hostile-trap-init: its init trapped", "\n    at "}},
        StartCase{{guest("hostile-loop-init"), "--deadline-ms", "200"},
                  {"module hostile-loop-init", "its deadline"}},
        StartCase{{guest("hostile-loop-start"), "--deadline-ms", "200"},
                  {"module hostile-loop-start", "its deadline"}},
        StartCase{{guest("stranger")},
                  {"stranger.wasm", "hermes:unknown/api", "wasi:unknown/thing@0.2.3: exists",
                   "--trap-missing-imports"}},
        StartCase{{guest("noop"), guest("noop")}, {"noop is in application noop already"}},
        StartCase{{guest("noop"), "--app-name", "Not A Name"}, {"\"not-a-name\" would do"}},
        StartCase{{guest("noop"), "--dir", "/no/such::/data"}, {"--dir", "/no/such"}},
        StartCase{{guest("noop"), "--dir", "data"}, {"HOST::GUEST"}}));

struct FailedInit {
  std::string guest;
  /// What happened, in words that only tell of that.
  std::string what;
  /// The way out.
  std::string advice;
};

class PlaygroundReportsOnce : public ::testing::TestWithParam<FailedInit> {};

TEST_P(PlaygroundReportsOnce, AnInitThatFails) {
  const FailedInit& failed = GetParam();
  for (const std::string format : {"human", "json"}) {
    const ProcessEnd end = run({"playground", guest(failed.guest), "--app-name", "several",
                                "--deadline-ms", "200", "--log-format", format});
    EXPECT_EQ(end.status, 1);
    EXPECT_EQ(count(end.err, failed.what), 1) << end.err;
    EXPECT_EQ(count(end.err, "hermes: error: "), 1) << end.err;
    EXPECT_THAT(end.err, HasSubstr("hermes: error: application several does not start: module " +
                                   failed.guest + ": its init"));
    EXPECT_THAT(end.err, HasSubstr(failed.advice));
    EXPECT_THAT(end.err, Not(HasSubstr("the call "))) << "the log says it too";
  }
  // Whoever looks for details finds the call in the log.
  const ProcessEnd end =
      run({"playground", guest(failed.guest), "--deadline-ms", "200", "--log-level", "debug"});
  EXPECT_EQ(count(end.err, "\"message\":\"the call "), failed.what == "answered false" ? 0 : 1)
      << end.err;
}

INSTANTIATE_TEST_SUITE_P(
    Guests, PlaygroundReportsOnce,
    ::testing::Values(FailedInit{"init-false", "answered false", "its log lines tell why"},
                      FailedInit{"hostile-trap-init", "unreachable",
                                 "run the application without the module"},
                      FailedInit{"hostile-loop-init", "its deadline", "--deadline-ms"},
                      FailedInit{"hostile-loop-start", "its deadline", "--deadline-ms"}));

TEST(Playground, MissingImportsTrapWhenTheyAreCalled) {
  Process process({"playground", guest("stranger"), "--trap-missing-imports"});
  EXPECT_TRUE(process.wait_for_err("the call trapped"));
  process.send(SIGTERM);
  const ProcessEnd end = process.wait();
  EXPECT_EQ(end.status, 0);
  EXPECT_THAT(end.err, HasSubstr("unknown"));
}

TEST(Playground, ATrapIsLoggedWithTheNamesOfItsFrames) {
  Process process({"playground", guest("hostile-trap")});
  EXPECT_TRUE(process.wait_for_err("the call trapped"));
  process.send(SIGTERM);
  for (const std::string& line : lines_of(process.wait().err)) {
    if (line.find("the call trapped") == std::string::npos) continue;
    const auto entry = boost::json::parse(line).as_object();
    EXPECT_EQ(entry.at("level").as_string(), "error");
    EXPECT_EQ(entry.at("event").as_string(), "on-cron");
    EXPECT_EQ(entry.at("counter").to_number<int>(), 2);
    EXPECT_THAT(entry.at("backtrace").at(0).as_string().c_str(), HasSubstr("third-function"));
    EXPECT_THAT(entry.at("backtrace").at(2).as_string().c_str(), HasSubstr("first-function"));
  }
}

struct HostileCase {
  std::string name;
  std::string said;
  /// Of each call: short only where that is what ends it. On a machine that is busy with something
  /// else, a guest may get little of its time.
  std::string deadline_ms = "60000";
};

class PlaygroundSurvives : public ::testing::TestWithParam<HostileCase> {};

TEST_P(PlaygroundSurvives, WhileAnotherModuleGoesOn) {
  // So few lines that a flood is more even if it gets little of a processor.
  Process process({"playground", guest("heartbeat"), guest(GetParam().name), "--deadline-ms",
                   GetParam().deadline_ms, "--max-memory-mb", "32", "--log-lines-per-second", "300",
                   "--app-name", "app"});
  EXPECT_TRUE(process.wait_for_err(GetParam().said));
  EXPECT_TRUE(process.wait_for_err("heartbeat number"));
  process.send(SIGTERM);
  EXPECT_EQ(process.wait().status, 0);
}

INSTANTIATE_TEST_SUITE_P(
    Guests, PlaygroundSurvives,
    ::testing::Values(HostileCase{"hostile-loop-on-cron", "its deadline", "300"},
                      HostileCase{"hostile-memory-bomb", "memory-was-refused"},
                      HostileCase{"hostile-table-bomb", "table-was-refused"},
                      HostileCase{"hostile-deep-recursion", "stack is exhausted"},
                      HostileCase{"hostile-log-flood", "\"dropped\"", "300"},
                      HostileCase{"hostile-cron-flood", "the application has 10000 entries"}));

TEST(Playground, SeveralModulesAreOneApplication) {
  Process process({"playground", guest("text-utf8"), guest("heartbeat"), "--app-name", "several"});
  for (const std::string name : {"text-utf8", "heartbeat"}) {
    EXPECT_TRUE(process.wait_for_err("\"application\":\"several\",\"module\":\"" + name +
                                     "\",\"event\":\"on-cron\""));
  }
  process.send(SIGINT);
  EXPECT_EQ(process.wait().status, 0);
}

TEST(Playground, EveryStringEncodingGoesBothWays) {
  for (const std::string name : {"text-utf8", "text-utf16", "text-latin1-utf16"}) {
    Process process({"playground", guest(name)});
    EXPECT_TRUE(process.wait_for_err("\"module\":\"" + name + "\",\"event\":\"on-cron\""));
    process.send(SIGTERM);
    const ProcessEnd end = process.wait();
    EXPECT_EQ(end.status, 0);
    EXPECT_EQ(end.err.find("the call trapped"), std::string::npos) << end.err;
  }
}

TEST(Playground, ACacheThatCannotBeUsedIsAWarning) {
  const TemporaryDirectory directory;
  const std::string file = directory.write("file", "not a directory");
  const ProcessEnd end = run({"playground", guest("init-done")}, {{"XDG_CACHE_HOME", file}});
  EXPECT_EQ(end.status, 7) << end.err;
  EXPECT_THAT(end.err, HasSubstr("\"warn\""));
}

}  // namespace
}  // namespace hermes::tests

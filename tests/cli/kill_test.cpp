// What survives kill -9: a real engine is killed at random points, and its state directory is
// looked at. HERMES_KILL_ROUNDS says how often (6), HERMES_SEED where.
#include "base/testing/temporary_directory.hpp"
#include "process.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace hermes::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::vector<std::string> playground(const std::string& state) {
  return {"playground", guest("heartbeat"), "--app-name", "heart", "--state-dir",
          state,        "--log-level",      "trace"};
}

struct Listed {
  bool running = false;
  boost::json::array entries;

  [[nodiscard]] std::size_t beats() const {
    std::size_t found = 0;
    for (const auto& entry : entries) {
      if (entry.at("tag").as_string().starts_with("beat ")) ++found;
    }
    return found;
  }
  [[nodiscard]] std::size_t with(std::string_view tag) const {
    std::size_t found = 0;
    for (const auto& entry : entries) {
      if (entry.at("tag").as_string() != tag) continue;
      ++found;
      EXPECT_TRUE(entry.at("retrigger").as_bool());
    }
    return found;
  }
};

Listed list(const std::string& state) {
  const ProcessEnd end = run({"cron", "ls", "--state-dir", state, "--json"});
  EXPECT_EQ(end.status, 0) << end.err;
  Listed listed;
  if (end.status != 0) return listed;
  const boost::json::value report = boost::json::parse(end.out);
  listed.running = report.at("running").as_bool();
  for (const auto& application : report.at("applications").as_array()) {
    EXPECT_EQ(application.at("name").as_string(), "heart");
    listed.entries = application.at("entries").as_array();
  }
  return listed;
}

TEST(Kill, NothingThatWasAcknowledgedIsLost) {
  const std::uint64_t seed = number_from("HERMES_SEED", std::random_device{}());
  const std::uint64_t rounds = number_from("HERMES_KILL_ROUNDS", 6);
  SCOPED_TRACE("HERMES_SEED=" + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::unique_ptr<TemporaryDirectory> directory;
  // Starts of which init has had an answer for its delay: each is a chain of beats that goes on.
  std::size_t chains = 0;
  for (std::uint64_t round = 0; round < rounds && !::testing::Test::HasFailure(); ++round) {
    // A chain ends after 70 beats, so none may become old.
    if (round % 10 == 0) {
      directory = std::make_unique<TemporaryDirectory>();
      chains = 0;
    }
    const std::string state = *directory / "state";
    Process process(playground(state));
    // Without a fixed point the first kill would mostly come before anything is there.
    if (round % 10 == 0) {
      ASSERT_TRUE(process.wait_for_err("Scheduled: "));
    }
    const std::size_t lines = 1 + random() % 20;
    ASSERT_TRUE(process.wait_for_err_lines(lines));
    process.send(SIGKILL);
    const ProcessEnd end = process.wait();
    ASSERT_EQ(end.signal, SIGKILL);
    // These lines come after the answers to add and delay.
    if (end.err.find("Scheduled: ") != std::string::npos) ++chains;

    const Listed listed = list(state);
    EXPECT_FALSE(listed.running);
    EXPECT_EQ(listed.with("every minute"), 1) << end.err;
    EXPECT_EQ(listed.with("working days"), 1) << end.err;
    EXPECT_GE(listed.beats(), chains) << end.err;
  }
}

TEST(Kill, AScheduleThatWasKilledGoesOn) {
  const TemporaryDirectory directory;
  const std::string state = directory / "state";
  {
    Process process(playground(state));
    ASSERT_TRUE(process.wait_for_err("heartbeat number 2"));
    // Beside a running engine.
    const Listed listed = list(state);
    EXPECT_TRUE(listed.running);
    EXPECT_EQ(listed.with("every minute"), 1);
    // Which does not let another one in.
    const ProcessEnd second = run(playground(state));
    EXPECT_EQ(second.status, 1);
    EXPECT_THAT(second.err, AllOf(HasSubstr("another engine uses this state directory"),
                                  HasSubstr(std::to_string(process.pid()))));
    process.send(SIGKILL);
    EXPECT_EQ(process.wait().signal, SIGKILL);
  }
  Process process(playground(state));
  EXPECT_TRUE(process.wait_for_err("the schedule of the run before goes on"));
  EXPECT_TRUE(process.wait_for_err("heartbeat number 3"));
  process.send(SIGTERM);
  EXPECT_EQ(process.wait().status, 0);
  const ProcessEnd text = run({"cron", "ls", "--state-dir", state, "--app", "heart"});
  EXPECT_EQ(text.status, 0) << text.err;
  EXPECT_THAT(text.out, AllOf(HasSubstr("every minute"), HasSubstr("0,30 8 * * 1-5"),
                              HasSubstr("no engine is running")));
}

TEST(Kill, WhatCannotBeReadIsAnErrorThatNamesIt) {
  const TemporaryDirectory directory;
  const ProcessEnd nowhere = run({"cron", "ls", "--state-dir", directory / "none"});
  EXPECT_EQ(nowhere.status, 1);
  EXPECT_THAT(nowhere.err, HasSubstr("there is no such directory"));
  const std::string folder = directory / "state/applications/heart";
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/cron.sqlite") << std::string(5000, 'x');
  for (const ProcessEnd& end : {run({"cron", "ls", "--state-dir", directory / "state"}),
                                run(playground(directory / "state"))}) {
    EXPECT_EQ(end.status, 1);
    EXPECT_THAT(end.err, AllOf(HasSubstr("heart/cron.sqlite"), HasSubstr("damaged")));
  }
  EXPECT_EQ(std::filesystem::file_size(folder + "/cron.sqlite"), 5000);
}

}  // namespace
}  // namespace hermes::tests

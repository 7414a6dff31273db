// The document of the page: what is in it, and that it stays small.
#include "engine/admin/state.hpp"

#include "base/text.hpp"
#include "engine/testing/simulated_engine.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

namespace hermes::engine {
namespace {

namespace json = boost::json;
using testing::SimulatedEngine;
using namespace std::chrono_literals;

class StateTest : public ::testing::Test {
 protected:
  std::string text(const StateBounds& bounds = {}) {
    const MetricsSources sources = engine_.metrics_sources();
    const Health health({}, {.heartbeat = sources.heartbeat,
                             .applications = sources.applications,
                             .progress = progress_,
                             .clock = sources.clock});
    return state_json({.metrics = sources,
                       .cron = engine_.extensions().cron,
                       .health = health,
                       .history = history_,
                       .started_at = ManualClock::kSteadyStart},
                      bounds);
  }
  json::value state(const StateBounds& bounds = {}) { return json::parse(text(bounds)); }
  static const json::value& at(const json::value& state, std::string_view pointer) {
    return state.at_pointer(pointer);
  }

  SystemClock clock_;
  event::WorkerPool workers_{{.threads = 1}, clock_};
  WorkerProgress progress_{workers_, clock_};
  CallHistory history_;
  SimulatedEngine engine_;
};

TEST_F(StateTest, AnEngineWithNothingIsAllThereAndSaysSo) {
  const json::value empty = state();
  EXPECT_EQ(at(empty, "/version"), "1.2.3");
  EXPECT_EQ(at(empty, "/applications/total"), 0);
  EXPECT_EQ(at(empty, "/lanes/total"), 0);
  EXPECT_EQ(at(empty, "/cron/total"), 0);
  EXPECT_TRUE(at(empty, "/problems").as_array().empty());
  EXPECT_TRUE(at(empty, "/http/listeners").as_array().empty());
  EXPECT_TRUE(at(empty, "/http/unclaimed").is_null());
  EXPECT_FALSE(at(empty, "/health/ready").as_bool());
  EXPECT_EQ(at(empty, "/bucket_bounds_s").as_array().size(), kDurationBounds);
}

TEST_F(StateTest, ShowsApplicationsTheirEventsAndWhatWentWrong) {
  ASSERT_TRUE(engine_.start("beats", {"heartbeat"}));
  ASSERT_TRUE(engine_.start("traps", {"hostile-trap"}));
  engine_.executor().run_for(3s);
  const json::value now = state();
  EXPECT_EQ(at(now, "/uptime_s"), 3.0);
  EXPECT_EQ(at(now, "/time"), "2024-01-01T00:00:03.000Z");
  ASSERT_EQ(at(now, "/applications/total"), 2);
  EXPECT_EQ(at(now, "/applications/shown/0/name"), "beats");
  EXPECT_EQ(at(now, "/applications/shown/0/phase"), "ready");
  EXPECT_EQ(at(now, "/applications/shown/0/modules/shown/0/name"), "heartbeat");
  EXPECT_EQ(at(now, "/applications/shown/0/queue/outcomes/trapped"), 0);
  EXPECT_GE(at(now, "/applications/shown/0/queue/outcomes/completed").to_number<int>(), 3);

  const json::value& traps = at(now, "/applications/shown/1");
  EXPECT_EQ(at(traps, "/queue/outcomes/trapped"), 1);
  std::uint64_t ran = 0;
  for (const auto& count : at(traps, "/ran/counts").as_array())
    ran += count.to_number<std::uint64_t>();
  EXPECT_EQ(ran, 2) << "init and a tick";
  bool seen = false;
  for (const json::value& event : at(traps, "/events").as_array()) {
    if (event.at("name") != "on-cron") continue;
    seen = true;
    EXPECT_EQ(at(event, "/outcomes/trapped"), 1);
  }
  EXPECT_TRUE(seen);

  const json::array& problems = at(now, "/problems").as_array();
  ASSERT_FALSE(problems.empty());
  const json::value& problem = problems.front();
  EXPECT_EQ(problem.at("application"), "traps");
  EXPECT_EQ(problem.at("module"), "hostile-trap");
  EXPECT_EQ(problem.at("event"), "on-cron");
  EXPECT_EQ(problem.at("level"), "error");
  EXPECT_FALSE(problem.at("backtrace").as_array().empty());
}

TEST_F(StateTest, ShowsWhatFiresNextFirst) {
  ASSERT_TRUE(engine_.start("one", {"heartbeat"}));
  ASSERT_TRUE(engine_.start("two", {"heartbeat"}));
  engine_.executor().run_for(1500ms);
  const json::value now = state();
  const json::array& entries = at(now, "/cron/shown").as_array();
  ASSERT_GE(entries.size(), 2);
  EXPECT_EQ(at(now, "/cron/total").to_number<std::size_t>(), entries.size());
  for (std::size_t i = 1; i < entries.size(); ++i) {
    EXPECT_LE(entries[i - 1].at("next").as_string(), entries[i].at("next").as_string());
  }
  EXPECT_GT(entries[0].at("next").as_string(), "2024-01-01T00:00:01.500Z");
}

TEST_F(StateTest, NeverHasMoreThanItsBoundsButSaysHowMuchThereIs) {
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(engine_.start(fmt::format("app-{}", i), {"heartbeat", "noop"}));
  }
  const json::value now = state({.applications = 3,
                                 .modules = 1,
                                 .lanes_per_application = 1,
                                 .lanes = 1,
                                 .cron_per_application = 1,
                                 .cron = 2});
  EXPECT_EQ(at(now, "/applications/total"), 4);
  EXPECT_EQ(at(now, "/applications/shown").as_array().size(), 3);
  EXPECT_EQ(at(now, "/applications/shown/0/modules/total"), 2);
  EXPECT_EQ(at(now, "/applications/shown/0/modules/shown").as_array().size(), 1);
  EXPECT_EQ(at(now, "/cron/shown").as_array().size(), 2);
  EXPECT_GE(at(now, "/cron/total").to_number<int>(), 3);
  EXPECT_LE(at(now, "/lanes/shown").as_array().size(), 1);
}

TEST_F(StateTest, WhatIsNotReadyComesFirst) {
  ASSERT_TRUE(engine_.start("a", {"noop"}));
  const auto last = engine_.start("b", {"noop"});
  ASSERT_TRUE(last);
  (*last)->set_phase(app::Phase::kDraining);
  const json::value now = state({.applications = 1});
  EXPECT_EQ(at(now, "/applications/shown/0/name"), "b");
  EXPECT_EQ(at(now, "/health/ready"), false);
  EXPECT_EQ(at(now, "/health/problems/1"), "application b is draining");
}

TEST_F(StateTest, HostileTextsAreTextsAndTheDocumentStaysBounded) {
  const std::string hostile =
      "</script><img src=x onerror=alert(1)>\"\\\n\r\t\x01\xff\xe2\x80\xae" +
      std::string(4000, 'x');
  for (int i = 0; i < 200; ++i) {
    const std::string message = fmt::format("{} {}", i, hostile);
    const std::vector<std::string> frames(40, hostile);
    engine_.log().write({.level = LogLevel::kError,
                         .message = message,
                         .scope = {.application = hostile, .module = hostile, .event = hostile},
                         .backtrace = frames});
  }
  const std::string document = text();
  EXPECT_TRUE(is_utf8(document));
  EXPECT_LT(document.size(), 3'000'000);
  const json::value now = json::parse(document);
  EXPECT_EQ(at(now, "/problems").as_array().size(), RecentProblems::kMost);
  EXPECT_TRUE(at(now, "/problems/0/message").as_string().starts_with("199 </script><img"));
}

}  // namespace
}  // namespace hermes::engine

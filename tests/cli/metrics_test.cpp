// hermes playground --metrics: a running program, scraped.
#include "engine/metrics/testing/exposition.hpp"
#include "http/testing/http_client.hpp"
#include "process.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>

namespace hermes::tests {
namespace {

using engine::testing::Exposition;
using http::testing::http_get;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// Where the process serves its metrics: the log says it.
boost::asio::ip::tcp::endpoint address_of(Process& process) {
  constexpr std::string_view kBefore = "metrics are served at http://127.0.0.1:";
  EXPECT_TRUE(process.wait_for_err("/metrics\""));
  const std::string said = process.err();
  const std::size_t at = said.find(kBefore);
  EXPECT_NE(at, std::string::npos) << said;
  const auto port = std::strtoul(said.c_str() + at + kBefore.size(), nullptr, 10);
  return {boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port)};
}

Exposition scrape(const boost::asio::ip::tcp::endpoint& address) {
  const auto answer = http_get(address, "/metrics");
  EXPECT_TRUE(answer && answer->status == 200);
  Exposition read = engine::testing::parse_exposition(answer ? answer->body : "");
  EXPECT_THAT(read.problems, IsEmpty());
  return read;
}

/// Scrapes until so many events are over, and once more: a scrape reads one counter after the
/// other, so the first that has the end of an event may have missed what came just before.
Exposition scrape_until(const boost::asio::ip::tcp::endpoint& address, double events) {
  const auto give_up_at = std::chrono::steady_clock::now() + std::chrono::minutes(3);
  Exposition read = scrape(address);
  while (read.sum("hermes_events_finished_total") < events &&
         std::chrono::steady_clock::now() < give_up_at) {
    std::this_thread::yield();
    read = scrape(address);
  }
  return scrape(address);
}

/// The fields of the line that sums the run up.
boost::json::object summary_of(const ProcessEnd& end) {
  for (const std::string& line : lines_of(end.err)) {
    if (line.find("application stopped") != std::string::npos) {
      return boost::json::parse(line).as_object();
    }
  }
  ADD_FAILURE() << end.err;
  return {};
}

TEST(PlaygroundMetrics, AgreeWithTheSummaryOfTheRun) {
  // One init that completes and one tick that traps, and then nothing more.
  Process process({"playground", guest("hostile-trap"), "--metrics", "127.0.0.1:0", "--app-name",
                   "app", "--max-running", "7"});
  ASSERT_TRUE(process.wait_for_err("application ready"));
  const auto address = address_of(process);
  const Exposition read = scrape_until(address, 2);
  process.send(SIGTERM);
  const boost::json::object summary = summary_of(process.wait());
  EXPECT_EQ(read.sum("hermes_calls_total"), summary.at("calls").to_number<double>());
  for (const std::string outcome : {"completed", "trapped", "deadline", "limit", "dropped"}) {
    const std::string label = "outcome=\"" + outcome + "\"";
    EXPECT_EQ(read.sum("hermes_calls_total", {label}), summary.at(outcome).to_number<double>());
    // Each event has one handler here.
    EXPECT_EQ(read.sum("hermes_events_finished_total", {label}),
              summary.at(outcome).to_number<double>());
  }
  EXPECT_EQ(read.sum("hermes_events_accepted_total"), 2);
  EXPECT_EQ(read.at(R"(hermes_events_running_limit{application="app"})"), 7);

  // What only a whole engine has.
  EXPECT_GE(read.at(R"(hermes_pool_slots{resource="component_instance"})"), 8);
  EXPECT_EQ(read.at(R"(hermes_pool_in_use{resource="component_instance"})"), 0);
  EXPECT_GT(read.at(R"(hermes_pool_unused_warm_slots{resource="memory"})"), 0);
  EXPECT_GT(read.at("hermes_epoch_ticks_total"), 0);
  EXPECT_LT(read.at("hermes_epoch_tick_age_seconds"), 60);
  EXPECT_GT(read.at("hermes_process_resident_memory_bytes"), 1e6);
  EXPECT_EQ(read.sum("hermes_build_info"), 1);
  EXPECT_GE(read.at("hermes_workers"), 1);
}

TEST(PlaygroundMetrics, ShowACallWhileItRuns) {
  Process process({"playground", guest("hostile-loop-on-cron"), "--metrics", "0", "--deadline-ms",
                   "600000", "--grace-ms", "50"});
  ASSERT_TRUE(process.wait_for_err("application ready"));
  const auto address = address_of(process);
  ASSERT_TRUE(process.wait_until_it_computes());
  const Exposition read = scrape(address);
  EXPECT_EQ(read.sum("hermes_events_running"), 1);
  EXPECT_EQ(read.at("hermes_engine_permits_in_use"), 1);
  EXPECT_EQ(read.at(R"(hermes_pool_in_use{resource="component_instance"})"), 1);
  process.send(SIGTERM);
  EXPECT_EQ(summary_of(process.wait()).at("dropped").to_number<int>(), 1);
}

TEST(PlaygroundMetrics, ASlowClientDoesNotKeepTheProgramFromEnding) {
  Process process({"playground", guest("heartbeat"), "--metrics", "127.0.0.1:0"});
  const auto address = address_of(process);
  http::testing::HttpClient slow(address);
  slow.send("GET /metrics HT");
  ASSERT_TRUE(process.wait_for_err("heartbeat number 1"));
  EXPECT_EQ(http_get(address, "/other")->status, 404);
  process.send(SIGTERM);
  EXPECT_EQ(process.wait().status, 0);
}

TEST(PlaygroundMetrics, AnAddressThatCannotBeHadIsAnError) {
  Process first({"playground", guest("heartbeat"), "--metrics", "127.0.0.1:0"});
  const std::string taken = "127.0.0.1:" + std::to_string(address_of(first).port());
  const ProcessEnd end = run({"playground", guest("noop"), "--metrics", taken});
  EXPECT_EQ(end.status, 1);
  EXPECT_THAT(end.err, HasSubstr("hermes: error: metrics: cannot listen at " + taken));
  first.send(SIGTERM);
  EXPECT_EQ(first.wait().status, 0);
}

TEST(PlaygroundLimits, AFloodOfLinesIsSaidInTheLogWithTheOption) {
  Process process({"playground", guest("hostile-log-flood"), "--deadline-ms", "3000",
                   "--log-lines-per-second", "10", "--grace-ms", "10", "--metrics", "127.0.0.1:0"});
  EXPECT_TRUE(process.wait_for_err("lines of hostile-log-flood were dropped in the last"));
  EXPECT_TRUE(process.wait_for_err("; raise --log-lines-per-second or log less"));
  const Exposition read = scrape(address_of(process));
  EXPECT_GT(read.sum("hermes_guest_log_lines_dropped_total", {"limit=\"lines\""}), 0);
  process.send(SIGTERM);
  EXPECT_EQ(process.wait().status, 0);
}

}  // namespace
}  // namespace hermes::tests

// hermes playground --admin: a running program, scraped and looked at.
#include "base/testing/temporary_directory.hpp"
#include "engine/metrics/testing/exposition.hpp"
#include "http/testing/http_client.hpp"
#include "process.hpp"

#include <boost/asio/ip/tcp.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace hermes::tests {
namespace {

using engine::testing::Exposition;
using http::testing::http_get;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// At loopback, behind `text`.
boost::asio::ip::tcp::endpoint endpoint_after(Process& process, std::string_view text) {
  return {boost::asio::ip::address_v4::loopback(), port_after(process, text)};
}

/// Where the process answers operators.
boost::asio::ip::tcp::endpoint address_of(Process& process) {
  return endpoint_after(process, "metrics are at http://127.0.0.1:");
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

TEST(PlaygroundAdmin, AgreeWithTheSummaryOfTheRun) {
  // One init that completes and one tick that traps, and then nothing more.
  Process process({"playground", guest("hostile-trap"), "--admin", "127.0.0.1:0", "--app-name",
                   "app", "--max-running", "7"});
  ASSERT_TRUE(process.wait_for_err("application ready"));
  const auto address = address_of(process);
  Exposition read = scrape_until(address, 2);
  // On a busy machine the ticker may not have had its turn.
  while (read.at("hermes_epoch_ticks_total") == 0) read = scrape(address);
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

TEST(PlaygroundAdmin, ShowACallWhileItRuns) {
  Process process({"playground", guest("hostile-loop-on-cron"), "--admin", "0", "--deadline-ms",
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

TEST(PlaygroundAdmin, ASlowClientDoesNotKeepTheProgramFromEnding) {
  Process process({"playground", guest("heartbeat"), "--admin", "127.0.0.1:0"});
  const auto address = address_of(process);
  http::testing::HttpClient slow(address);
  slow.send("GET /metrics HT");
  ASSERT_TRUE(process.wait_for_err("heartbeat number 1"));
  EXPECT_EQ(http_get(address, "/other")->status, 404);
  process.send(SIGTERM);
  EXPECT_EQ(process.wait().status, 0);
}

TEST(PlaygroundAdmin, AnAddressThatCannotBeHadIsAnError) {
  Process first({"playground", guest("heartbeat"), "--admin", "127.0.0.1:0"});
  const std::string taken = "127.0.0.1:" + std::to_string(address_of(first).port());
  const ProcessEnd end = run({"playground", guest("noop"), "--admin", taken});
  EXPECT_EQ(end.status, 1);
  EXPECT_THAT(end.err, HasSubstr("hermes: error: --admin: cannot listen at " + taken));
  first.send(SIGTERM);
  EXPECT_EQ(first.wait().status, 0);
}

TEST(PlaygroundAdmin, CountsHttpRequestsByApplicationMethodAndStatus) {
  const TemporaryDirectory directory;
  const std::string file = directory.write(
      "http.toml", "[server]\nlisten = [\"127.0.0.1:0\"]\ndefault-application = \"shop\"\n");
  Process process({"playground", guest("reply"), "--app-name", "shop", "--http", file, "--admin",
                   "127.0.0.1:0"});
  ASSERT_TRUE(process.wait_for_err("application ready"));
  const auto admin = address_of(process);
  const auto gateway = endpoint_after(process, "answered at http://127.0.0.1:");
  const auto ask = [&](std::string_view method, std::string_view target, std::string_view host) {
    http::testing::HttpClient client(gateway);
    client.send(fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", method,
                            target, host));
    client.read_until_closed();
  };
  for (int i = 0; i < 3; ++i) ask("GET", "/api/calls", "localhost");
  ask("BREW", "/api/echo", "localhost");
  ask("GET", "/api/trap", "localhost");
  ask("GET", "/nothing", "localhost");
  ask("GET", "/", "unknown.example");
  {
    http::testing::HttpClient broken(gateway);
    broken.send("no request\r\n\r\n");
    broken.read_until_closed();
    // A client that speaks TLS where there is none.
    http::testing::HttpClient secure(gateway);
    secure.send("\x16\x03\x01");
    secure.read_until_closed();
  }
  // To a place that no rule allows.
  ask("GET", "/api/redirect?http://127.0.0.1:1/", "localhost");
  Exposition read = scrape(admin);
  while (read.sum("hermes_http_requests_total") < 9) read = scrape(admin);
  const auto requests = [&](std::string_view application, std::string_view method,
                            std::string_view status) {
    return read.at(
        fmt::format(R"(hermes_http_requests_total{{application="{}",method="{}",status="{}"}})",
                    application, method, status));
  };
  EXPECT_EQ(requests("shop", "GET", "2xx"), 3);
  EXPECT_EQ(requests("shop", "other", "2xx"), 1);
  EXPECT_EQ(requests("shop", "GET", "5xx"), 2);
  EXPECT_EQ(requests("shop", "GET", "4xx"), 1);
  EXPECT_EQ(requests("", "GET", "4xx"), 1);
  EXPECT_EQ(requests("", "other", "4xx"), 1);
  EXPECT_EQ(read.at(R"(hermes_http_request_seconds_count{application="shop"})"), 7);
  EXPECT_LT(read.at(R"(hermes_http_request_seconds_sum{application=""})"), 60);
  EXPECT_GT(read.at(R"(hermes_http_response_content_bytes_total{application="shop"})"), 3);
  EXPECT_EQ(read.sum("hermes_http_connections_accepted_total", {"server=\"gateway\""}), 10);
  EXPECT_EQ(
      read.sum("hermes_http_tls_handshakes_total", {"server=\"gateway\"", "result=\"failed\""}), 1);
  EXPECT_EQ(
      read.at(
          R"(hermes_http_outgoing_requests_total{application="shop",by="redirect",result="denied"})"),
      1);
  EXPECT_EQ(read.at("hermes_http_outgoing_running"), 0);
  EXPECT_GT(read.sum("hermes_http_received_bytes_total", {"server=\"gateway\""}), 8 * 20);
  EXPECT_EQ(read.sum("hermes_http_connections", {"server=\"admin\""}), 1);

  EXPECT_EQ(http_get(admin, "/healthz")->body, "{\"status\":\"alive\",\"problems\":[]}\n");
  EXPECT_EQ(http_get(admin, "/readyz")->body, "{\"status\":\"ready\",\"problems\":[]}\n");
  EXPECT_THAT(http_get(admin, "/")->body, HasSubstr("<title>Hermes</title>"));
  EXPECT_THAT(http_get(admin, "/api/state")->body, HasSubstr("\"name\":\"shop\""));
  process.send(SIGTERM);
  EXPECT_EQ(process.wait().status, 0);
}

TEST(PlaygroundAdmin, IsNotReadyBeforeItsApplicationIs) {
  Process process({"playground", guest("hostile-loop-init"), "--admin", "0", "--deadline-ms",
                   "600000", "--grace-ms", "50"});
  const auto admin = address_of(process);
  ASSERT_TRUE(process.wait_until_it_computes());
  std::optional<http::testing::HttpAnswer> answer;
  do {
    answer = http_get(admin, "/readyz");
  } while (answer && answer->body.find("is initialising") == std::string::npos);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(http_get(admin, "/healthz")->status, 200);
  process.send(SIGTERM);
  process.wait();
}

TEST(PlaygroundAdmin, SaysThatEverybodyCouldLook) {
  Process process(
      {"playground", guest("noop"), "--admin", "0.0.0.0:0", "--admin-host", "hermes.example.com"});
  EXPECT_TRUE(process.wait_for_err("there is no authentication"));
  process.send(SIGTERM);
  process.wait();
}

TEST(PlaygroundLimits, AFloodOfLinesIsSaidInTheLogWithTheOption) {
  Process process({"playground", guest("hostile-log-flood"), "--deadline-ms", "3000",
                   "--log-lines-per-second", "10", "--grace-ms", "10", "--admin", "127.0.0.1:0"});
  EXPECT_TRUE(process.wait_for_err("lines of hostile-log-flood were dropped in the last"));
  EXPECT_TRUE(process.wait_for_err("; raise --log-lines-per-second or log less"));
  const Exposition read = scrape(address_of(process));
  EXPECT_GT(read.sum("hermes_guest_log_lines_dropped_total", {"limit=\"lines\""}), 0);
  process.send(SIGTERM);
  EXPECT_EQ(process.wait().status, 0);
}

}  // namespace
}  // namespace hermes::tests

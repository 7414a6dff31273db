// What a scrape shows of applications that run, and that it is what the format asks for.
#include "engine/metrics/collector.hpp"

#include "engine/metrics/family.hpp"
#include "engine/metrics/testing/exposition.hpp"
#include "engine/testing/simulated_engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <string>

namespace hermes::engine {
namespace {

using namespace std::chrono_literals;
using testing::Exposition;
using ::testing::IsEmpty;
using testing::parse_exposition;
using testing::SimulatedEngine;

Exposition scrape(const SimulatedEngine& engine) {
  Exposition read = parse_exposition(engine.metrics().text());
  EXPECT_THAT(read.problems, IsEmpty());
  return read;
}

TEST(MetricsCollector, ShowsWhatBecameOfEveryEvent) {
  SimulatedEngine engine;
  ASSERT_TRUE(engine.start("traps", {"hostile-trap"}));
  engine.executor().run_for(1s);
  const Exposition read = scrape(engine);
  const std::string app = R"({application="traps",)";
  EXPECT_EQ(read.at(R"(hermes_events_accepted_total{application="traps"})"), 2);
  EXPECT_EQ(read.at("hermes_events_finished_total" + app + R"(event="init",outcome="completed"})"),
            1);
  EXPECT_EQ(read.at("hermes_events_finished_total" + app + R"(event="on-cron",outcome="trapped"})"),
            1);
  EXPECT_EQ(read.sum("hermes_events_finished_total"), 2);
  EXPECT_EQ(read.at("hermes_calls_total" + app +
                    R"(module="hostile-trap",event="on-cron",outcome="trapped"})"),
            1);
  EXPECT_EQ(read.sum("hermes_calls_total"), 2);
  EXPECT_EQ(read.sum("hermes_event_wait_seconds_count"), 2);
  EXPECT_EQ(read.sum("hermes_call_run_seconds_count"), 2);
  EXPECT_EQ(read.sum("hermes_events_refused_total"), 0);
  EXPECT_EQ(read.at(R"(hermes_events_waiting{application="traps"})"), 0);
  EXPECT_EQ(read.at(R"(hermes_events_running{application="traps"})"), 0);
  EXPECT_EQ(read.at(R"(hermes_events_preempted{application="traps"})"), 0);
  EXPECT_EQ(read.at(R"(hermes_events_running_limit{application="traps"})"), 64);
  EXPECT_EQ(read.at("hermes_applications"), 1);
  EXPECT_EQ(read.at("hermes_engine_permits_in_use"), 0);
  EXPECT_EQ(read.at(R"(hermes_build_info{version="1.2.3"})"), 1);
  EXPECT_GT(read.at("hermes_process_resident_memory_bytes"), 1e6);
  // The engine of these tests has no pool and no ticker: nothing is said of them.
  EXPECT_TRUE(std::isnan(read.at("hermes_epoch_ticks_total")));
  EXPECT_FALSE(read.types.contains("hermes_pool_slots"));
}

TEST(MetricsCollector, CountersNeverGoDownAndApplicationsAreApart) {
  SimulatedEngine engine;
  ASSERT_TRUE(engine.start("first", {"heartbeat"}));
  const auto second = engine.start("second", {"heartbeat", "hostile-trap"});
  ASSERT_TRUE(second);
  Exposition last = scrape(engine);
  for (int i = 0; i < 20; ++i) {
    engine.executor().run_for(3s);
    const Exposition now = scrape(engine);
    EXPECT_EQ(now.values.size(), last.values.size());
    const auto counters = now.monotonic();
    for (const auto& [series, value] : last.monotonic()) {
      ASSERT_TRUE(counters.contains(series)) << series;
      EXPECT_GE(counters.at(series), value) << series;
    }
    for (const std::string name : {"first", "second"}) {
      const std::string label = "application=\"" + name + "\"";
      EXPECT_EQ(now.sum("hermes_events_finished_total", {label}) +
                    now.sum("hermes_events_waiting", {label}) +
                    now.sum("hermes_events_running", {label}),
                now.sum("hermes_events_accepted_total", {label}));
    }
    last = now;
  }
  EXPECT_GT(last.sum("hermes_guest_log_lines_total", {"\"first\""}), 60);
  EXPECT_EQ(last.sum("hermes_events_finished_total", {"\"first\"", "trapped"}), 0);
  // It traps at the ticks of the other module, too.
  EXPECT_GT(last.sum("hermes_events_finished_total", {"\"second\"", "trapped"}), 60);
  engine.stop(**second);
  EXPECT_EQ(scrape(engine).sum("hermes_calls_total", {"\"second\""}), 0);
  EXPECT_EQ(scrape(engine).at("hermes_applications"), 1);
}

TEST(MetricsCollector, CountsLinesThatWereDroppedByTheirLimit) {
  Config config;
  config.application.output = {.lines_per_second = 1, .bytes_per_second = 1024};
  SimulatedEngine engine(1, config);
  ASSERT_TRUE(engine.start("app", {"heartbeat"}));
  engine.executor().run_for(30s);
  const Exposition read = scrape(engine);
  EXPECT_GT(read.at(R"(hermes_guest_log_lines_dropped_total{application="app",limit="lines"})"),
            10);
  EXPECT_EQ(read.at(R"(hermes_guest_log_lines_dropped_total{application="app",limit="bytes"})"), 0);
  EXPECT_EQ(read.at(R"(hermes_guest_log_lines_total{application="app"})"),
            static_cast<double>(engine.count("\"module\":")));
}

TEST(MetricFamilies, WhateverTheLabelsAreTheTextCanBeReadBack) {
  const std::string odd = "a\\b\"c\nd{e=\"f\",}\xc3\xa9 #";
  Family family = Family::counter("odd_total", "Help.");
  family.add({{"label", odd}}, 3);
  const Exposition read = parse_exposition(exposition_text({family.take()}));
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.at("odd_total{label=\"" + odd + "\"}"), 3);
}

TEST(MetricFamilies, HistogramsAreCumulativeInSeconds) {
  DurationHistogram histogram;
  for (const Duration duration : {Duration{500}, Duration{1us}, Duration{3us}, Duration{90s}}) {
    ++histogram.counts[duration_bucket(duration)];
    histogram.sum_ns += static_cast<std::uint64_t>(duration.count());
  }
  Family family = Family::histogram("h_seconds", "h");
  family.add({}, histogram);
  const Exposition read = parse_exposition(exposition_text({family.take()}));
  EXPECT_THAT(read.problems, IsEmpty());
  EXPECT_EQ(read.at("h_seconds_bucketle=1e-06"), 2);
  EXPECT_EQ(read.at("h_seconds_bucketle=2e-06"), 2);
  EXPECT_EQ(read.at("h_seconds_bucketle=4e-06"), 3);
  EXPECT_EQ(read.at("h_seconds_bucketle=60"), 3);
  EXPECT_EQ(read.at("h_seconds_bucketle=+Inf"), 4);
  EXPECT_EQ(read.at("h_seconds_count"), 4);
  EXPECT_NEAR(read.at("h_seconds_sum"), 90.0000045, 1e-9);
}

// The parser that the others rely on.
TEST(ExpositionParser, FindsWhatBreaksTheFormat) {
  const std::string head = "# HELP a_total h\n# TYPE a_total counter\n";
  EXPECT_THAT(parse_exposition(head + "a_total{b=\"c\"} 1\n").problems, IsEmpty());
  for (const std::string& text :
       {head + "a_total 1", head + "a_total 1\na_total 2\n", head + "a_total{b=\"c} 1\n",
        head + "a_total{1b=\"c\"} 1\n", head + "a_total{__b=\"c\"} 1\n", head + "a_total -1\n",
        head + "a_total{b=\"c\",b=\"d\"} 1\n", head + "a_total one\n", head + "b_total 1\n",
        head + head, std::string("# HELP a h\n# TYPE a counter\na 1\n"),
        std::string("# TYPE a gauge\na 1\n"), std::string("# HELP a h\n# TYPE a sum\n"),
        std::string("# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_sum 1\nh_count 1\n"),
        std::string("# HELP h x\n# TYPE h histogram\nh_bucket{le=\"1\"} 2\n"
                    "h_bucket{le=\"+Inf\"} 1\nh_sum 1\nh_count 1\n")}) {
    EXPECT_FALSE(parse_exposition(text).problems.empty()) << text;
  }
}

}  // namespace
}  // namespace hermes::engine

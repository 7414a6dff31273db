#include "engine/admin/health.hpp"

#include "app/application.hpp"

#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <semaphore>
#include <thread>
#include <vector>

namespace hermes::engine {
namespace {

using app::Phase;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class HealthTest : public ::testing::Test {
 public:
  HealthTest() { workers_.start(); }
  ~HealthTest() override { workers_.stop(); }

 protected:
  void add(const std::string& name, Phase phase) {
    auto made = app::Application::create(name, {}, {}, app::EngineControl::kDenied);
    ASSERT_TRUE(made) << made.error().message;
    applications_.push_back(std::move(*made));
    applications_.back()->set_phase(phase);
  }

  SystemClock real_;
  ManualClock clock_;
  event::WorkerPool workers_{{.threads = 1}, real_};
  WorkerProgress progress_{workers_, clock_};
  std::optional<wasm::EpochHeartbeat> heartbeat_{clock_.steady()};
  std::vector<std::shared_ptr<app::Application>> applications_;
  Health health_{{.stuck_after = 5s},
                 {.heartbeat = [this] { return heartbeat_ ? &*heartbeat_ : nullptr; },
                  .applications = [this] { return applications_; },
                  .progress = progress_,
                  .clock = clock_}};
};

TEST_F(HealthTest, AnEngineWhoseEpochAdvancesIsAlive) {
  EXPECT_TRUE(health_.live().good());
  clock_.advance(5s);
  EXPECT_TRUE(health_.live().good());
  clock_.advance(1s);
  EXPECT_THAT(health_.live().problems, ElementsAre(HasSubstr("no tick of the epoch for 6")));
  heartbeat_->beat(clock_.steady());
  EXPECT_TRUE(health_.live().good());
  heartbeat_.reset();
  EXPECT_THAT(health_.live().problems, ElementsAre("the engine has not started"));
}

TEST_F(HealthTest, AWorkerThatIsStuckIsNamed) {
  std::binary_semaphore stuck{0};
  std::binary_semaphore go_on{0};
  boost::asio::post(workers_.io(0), [&] {
    stuck.release();
    go_on.acquire();
  });
  stuck.acquire();
  progress_.ask();
  clock_.advance(7s);
  heartbeat_->beat(clock_.steady());
  EXPECT_THAT(health_.live().problems,
              ElementsAre(HasSubstr("worker 0 has made no progress for 7")));
  go_on.release();
  while (progress_.longest()) std::this_thread::yield();
  EXPECT_TRUE(health_.live().good());
}

TEST_F(HealthTest, IsReadyWhenAllApplicationsAre) {
  EXPECT_THAT(health_.ready().problems, ElementsAre("no application is loaded"));
  add("first", Phase::kReady);
  EXPECT_TRUE(health_.ready().good());
  add("second", Phase::kInitialising);
  add("third", Phase::kDraining);
  EXPECT_THAT(health_.ready().problems,
              ElementsAre("application second is initialising", "application third is draining"));
}

TEST(HealthReport, IsASmallDocumentHoweverManyProblemsThereAre) {
  HealthReport report;
  EXPECT_EQ(report.json("alive", "stuck"), "{\"status\":\"alive\",\"problems\":[]}\n");
  report.problems = {"one \"problem\""};
  EXPECT_EQ(report.json("alive", "stuck"),
            "{\"status\":\"stuck\",\"problems\":[\"one \\\"problem\\\"\"]}\n");
  report.problems.assign(10'000, "the same");
  EXPECT_THAT(report.json("a", "b"), HasSubstr("\"and 9980 more\"]}"));
  EXPECT_LT(report.json("a", "b").size(), 1000);
}

}  // namespace
}  // namespace hermes::engine

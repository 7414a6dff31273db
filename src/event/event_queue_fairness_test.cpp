// Shares: applications and lanes that always have something to do get what they are due, at every
// moment, for every seed. HERMES_SEED=<seed> runs one seed alone.

#include "event/event_queue.hpp"
#include "event/testing/plain_handler.hpp"
#include "event/testing/simulation.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace hermes::event {
namespace {

using testing::PlainHandler;
using testing::PlainPayload;
using testing::PlainRun;
using testing::PlainTarget;
using testing::Simulation;
using namespace std::chrono_literals;

constexpr EventKind kEvent{1};
constexpr int kSeeds = 1000;
/// Turns that every application has work for.
constexpr std::size_t kTurns = 12;

struct Share final : PlainPayload {
  Share(std::size_t its_application, std::size_t its_lane)
      : PlainPayload(kEvent), application(its_application), lane(its_lane) {}
  std::size_t application;
  std::size_t lane;
};

/// Applications with more to do than can be done: random weights, lanes and permits; calls take the
/// same time.
class Backlog {
 public:
  explicit Backlog(std::uint64_t seed)
      : simulation_(seed, {.max_running = permits_of(seed)}), permits_(permits_of(seed)) {
    SeededRandom& random = simulation_.executor.random();
    const std::size_t count = 2 + random.below(4);
    for (std::size_t i = 0; i < count; ++i) add_application(random);
  }

  void run() {
    for (std::size_t i = 0; i < apps_.size(); ++i) {
      App& app = *apps_[i];
      for (std::size_t lane = 0; lane < app.lanes.size(); ++lane) {
        for (std::size_t j = 0; j < events_per_lane(app); ++j) {
          ASSERT_TRUE(
              app.queue->push({.payload = make_payload<Share>(i, lane),
                               .source = simulation_.queue.source(kEvent, std::to_string(lane))}));
        }
      }
    }
    for (const auto& app : apps_) app->queue->open();
    ASSERT_TRUE(simulation_.executor.run_until_idle());
    for (const auto& app : apps_) {
      EXPECT_EQ(app->starts, app->lanes.size() * events_per_lane(*app));
      EXPECT_TRUE(simulation_.drain(*app->queue).clean());
    }
  }

 private:
  struct App {
    explicit App(std::string name) : target(std::move(name)) {}
    PlainTarget target;
    std::unique_ptr<PlainHandler> handler;
    std::unique_ptr<ApplicationQueue> queue;
    std::uint32_t weight = 1;
    std::size_t starts = 0;
    std::vector<std::size_t> lanes;
  };

  static std::size_t permits_of(std::uint64_t seed) { return 1 + seed % 6; }
  // Enough for kTurns, from every lane the same.
  static std::size_t events_per_lane(const App& app) {
    return kTurns * app.weight / app.lanes.size() + 2;
  }

  void add_application(SeededRandom& random) {
    apps_.push_back(std::make_unique<App>("app" + std::to_string(apps_.size())));
    App& app = *apps_.back();
    app.weight = static_cast<std::uint32_t>(1 + random.below(4));
    // So many that one is always free, also in the middle of a turn.
    app.lanes.resize(app.weight + permits_ + random.below(10));
    app.handler = std::make_unique<PlainHandler>("m", simulation_.executor,
                                                 [this](const CallRequest& request) {
                                                   note(static_cast<Share&>(request.payload));
                                                   return PlainRun{.takes = 1ms};
                                                 });
    app.target.add(kEvent, *app.handler);
    app.queue = simulation_.queue.add_application(app.target, {.weight = app.weight});
  }

  void note(const Share& share) {
    App& app = *apps_[share.application];
    ++app.starts;
    ++app.lanes[share.lane];
    for (const std::size_t lane : app.lanes) {
      if (app.starts > app.lanes.size() * (events_per_lane(app) - 2)) break;
      EXPECT_LE(app.lanes[share.lane], lane + 2) << "a lane is left behind";
    }
    for (const auto& other : apps_) {
      // While both have more than enough left.
      if (app.starts > kTurns * app.weight || other->starts > kTurns * other->weight) continue;
      const double ahead = static_cast<double>(app.starts) / app.weight -
                           static_cast<double>(other->starts) / other->weight;
      EXPECT_LE(ahead, 1.0) << "more than a turn ahead of one with the same right";
    }
  }

  Simulation simulation_;
  const std::size_t permits_;
  std::vector<std::unique_ptr<App>> apps_;
};

TEST(EventQueueFairness, SharesHoldAtEveryMomentForEverySeed) {
  if (const char* only = std::getenv("HERMES_SEED")) {
    Backlog(std::strtoull(only, nullptr, 10)).run();
    return;
  }
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("replay with HERMES_SEED=" + std::to_string(seed));
    Backlog(seed).run();
    if (::testing::Test::HasFailure()) return;
  }
}

}  // namespace
}  // namespace hermes::event

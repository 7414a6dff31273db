#include "engine/event_log.hpp"

#include "app/application.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/simulated_executor.hpp"
#include "event/testing/simulation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::engine {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr wasm::ExportType kExport{};

class Payload final : public event::EventPayload {
 public:
  explicit Payload(event::EventKind kind) : kind_(kind) {}
  [[nodiscard]] event::EventKind kind() const override { return kind_; }
  [[nodiscard]] std::string_view event_name() const override { return "on-something"; }
  wasm::ExportCall& prepare(const wasm::ExportFunc&) override { std::abort(); }
  void handled(const event::HandlerReport&) override {}
  void finished(const event::EventSummary&) override {}

 private:
  event::EventKind kind_;
};

class EventLogTest : public ::testing::Test {
 public:
  EventLogTest() {
    application_->join(simulation_.queue, events_.size());
    application_->queue().open();
  }
  ~EventLogTest() override { simulation_.drain(application_->queue()); }

 protected:
  void finish(event::EventKind kind, event::Outcome outcome, std::uint32_t handlers) {
    event_log_.on_finished(*application_, Payload(kind),
                           {.id = event::EventId{7},
                            .outcome = outcome,
                            .handlers = handlers,
                            .completed = 0,
                            .waited = 31s,
                            .ran = 0s});
  }

  std::vector<std::string> lines_;
  SystemClock clock_;
  Log log_{{.format = LogFormat::kJson,
            .level = LogLevel::kInfo,
            .colour = {},
            .output = [this](std::string_view line) { lines_.emplace_back(line); }},
           clock_};
  app::EventCatalogue events_;
  event::EventKind logged_ = events_.add("on-something", kExport);
  event::EventKind answered_ = events_.add("on-asked", kExport, app::FailedCalls::kAnswered);
  event::testing::Simulation simulation_{1};
  std::unique_ptr<app::Application> application_ =
      std::move(app::Application::create("shop", {}, {}, app::EngineControl::kDenied).value());
  EventLog event_log_{log_, events_};
};

TEST_F(EventLogTest, SaysWhichEventWaitedForTooLong) {
  finish(logged_, event::Outcome::kDeadline, 0);
  EXPECT_THAT(lines_,
              ElementsAre(AllOf(HasSubstr("shop"), HasSubstr("on-something"),
                                HasSubstr("\"error\""), HasSubstr("waited"), HasSubstr("31"))));
}

TEST_F(EventLogTest, LeavesToTheOthersWhatTheyReport) {
  // A call that took too long has its own line; the drain report lists what was dropped; who asked
  // for an event gets the answer; a source knows what it withdrew.
  finish(logged_, event::Outcome::kDeadline, 1);
  finish(logged_, event::Outcome::kDropped, 0);
  finish(logged_, event::Outcome::kRefused, 0);
  finish(logged_, event::Outcome::kCompleted, 1);
  finish(answered_, event::Outcome::kDeadline, 0);
  EXPECT_THAT(lines_, IsEmpty());
}

}  // namespace
}  // namespace hermes::engine

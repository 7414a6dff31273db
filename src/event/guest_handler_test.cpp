// Events handled by real guests on real workers.
#include "event/guest_handler.hpp"

#include "event/event_queue.hpp"
#include "event/testing/guest_module.hpp"
#include "event/testing/plain_handler.hpp"
#include "event/worker_pool.hpp"
#include "wasm/engine.hpp"
#include "wasm/epoch_ticker.hpp"
#include "wasm/instance_pre.hpp"
#include "wasm/linker.hpp"
#include "wasm/testing/guest_component.hpp"
#include "wasm/testing/test_host.hpp"
#include "wasm/testing/wat.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace hermes::event {
namespace {

using testing::End;
using testing::Ends;
using testing::GuestModule;
using ::testing::HasSubstr;
using testing::PlainTarget;
using wasm::testing::RunExport;
using namespace std::chrono_literals;

constexpr EventKind kRun{1};

class RunPayload final : public EventPayload {
 public:
  explicit RunPayload(Ends& ends) : ends_(ends) {}
  [[nodiscard]] EventKind kind() const override { return kRun; }
  [[nodiscard]] std::string_view event_name() const override { return "run"; }
  wasm::ExportCall& prepare(const wasm::ExportFunc&) override { return call_.emplace(); }
  void handled(const HandlerReport& report) override {
    end_.outcome = report.outcome;
    end_.ran = report.ran;
    if (report.outcome == Outcome::kCompleted) {
      end_.result = call_->result();
    } else {
      end_.message = report.failure->message;
      end_.backtrace = report.failure->backtrace;
    }
  }
  void finished(const EventSummary& summary) override {
    EXPECT_EQ(summary.outcome, end_.outcome);
    ends_.add(end_);
  }

 private:
  Ends& ends_;
  std::optional<RunExport> call_;
  End end_;
};

class GuestHandlerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    pool_.set_work_source(queue_);
    pool_.start();
  }

  /// Gives the application a module with this core module.
  void add(std::string_view core) {
    auto component = wasm::testing::build_guest(*engine_, core, "caller");
    ASSERT_TRUE(component) << component.error().message;
    auto linker = wasm::Linker::create(*engine_);
    ASSERT_TRUE(linker);
    ASSERT_TRUE(link(*linker, host_));
    auto pre = wasm::InstancePre::create(*linker, *component);
    ASSERT_TRUE(pre) << pre.error().message;
    auto run = pre->find<RunExport>();
    ASSERT_TRUE(run && run->has_value());
    modules_.push_back(std::make_unique<GuestModule>(calls_, *pre, **run));
    target_.add(kRun, *modules_.back());
  }
  void add_run(std::string_view body) {
    add("(module " + std::string(wasm::testing::kMemory) + "(func (export \"run\") (result i32) " +
        std::string(body) + "))");
  }

  void open(const ApplicationLimits& limits = {}) {
    application_ = queue_.add_application(target_, limits);
    application_->open();
  }
  void push(std::optional<Duration> deadline = {}) {
    const PushResult pushed =
        application_->push({.payload = make_payload<RunPayload>(ends_), .call_deadline = deadline});
    ASSERT_TRUE(pushed) << pushed.error().message();
  }
  DrainReport drain(Duration grace) {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<DrainReport> report;
    application_->drain(grace, [&](const DrainReport& left) {
      std::lock_guard lock(mutex);
      report = left;
      changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return report.has_value(); });
    return *report;
  }

  void TearDown() override {
    if (application_) {
      EXPECT_TRUE(drained_ || drain(10s).clean());
    }
    pool_.stop();
    for (const auto& module : modules_) EXPECT_EQ(module->contexts.load(), 0) << "lost a context";
  }

  static std::shared_ptr<const wasm::Engine> make_engine() {
    auto engine = wasm::Engine::create(wasm::EngineConfig::on_demand());
    EXPECT_TRUE(engine) << engine.error().message;
    return *engine;
  }

  std::shared_ptr<const wasm::Engine> engine_ = make_engine();
  wasm::EpochTicker ticker_{engine_, 1ms};
  wasm::testing::Host host_;
  SystemClock clock_;
  SystemRandom random_;
  GuestCallPool calls_;
  std::vector<std::unique_ptr<GuestModule>> modules_;
  Ends ends_;
  PlainTarget target_{"app"};
  WorkerPool pool_{
      {.threads = 2,
       .thread_scope = [this] { return std::make_shared<wasm::Engine::ThreadScope>(*engine_); }},
      clock_};
  EventQueue queue_{{.max_running = 16}, pool_, random_};
  std::unique_ptr<ApplicationQueue> application_;
  bool drained_ = false;
};

TEST_F(GuestHandlerTest, EveryEventGetsAFreshInstance) {
  add("(module (global $count (mut i32) (i32.const 0)) (memory (export \"memory\") 1)"
      "(func (export \"run\") (result i32)"
      "  (global.set $count (i32.add (global.get $count) (i32.const 1)))"
      "  (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 100)))"
      "  (i32.add (global.get $count) (i32.load (i32.const 64)))))");
  open();
  for (int i = 0; i < 500; ++i) push();
  for (const End& end : ends_.wait(500)) {
    EXPECT_EQ(end.outcome, Outcome::kCompleted) << end.message;
    EXPECT_EQ(end.result, 101U);
  }
}

TEST_F(GuestHandlerTest, ATrapCostsOneEventAndNamesTheGuestsFrames) {
  add("(module (memory (export \"memory\") 1) (func $inner unreachable)"
      "(func $outer (export \"run\") (result i32) (call $inner) (i32.const 0)))");
  open();
  push();
  push();
  for (const End& end : ends_.wait(2)) {
    EXPECT_EQ(end.outcome, Outcome::kTrapped);
    EXPECT_THAT(end.message, HasSubstr("unreachable"));
    ASSERT_GE(end.backtrace.size(), 2U);
    EXPECT_THAT(end.backtrace[0], HasSubstr("inner"));
    EXPECT_THAT(end.backtrace[1], HasSubstr("outer"));
  }
}

TEST_F(GuestHandlerTest, AnEndlessLoopIsStoppedAtItsDeadline) {
  add_run("(loop $for_ever (br $for_ever)) (i32.const 0)");
  open();
  push(30ms);
  const std::vector<End> ends = ends_.wait(1);
  EXPECT_EQ(ends[0].outcome, Outcome::kDeadline);
  EXPECT_GE(ends[0].ran, 30ms);
}

TEST_F(GuestHandlerTest, EndlessLoopsDoNotKeepOthersFromRunning) {
  add_run("(loop $for_ever (br $for_ever)) (i32.const 0)");
  add_run("(i32.const 7)");
  open({.call_deadline = 1h});
  // More than there are workers: without yielding nothing else would ever run.
  Ends endless;
  for (int i = 0; i < 4; ++i) {
    PushRequest request{.payload = make_payload<RunPayload>(endless), .only = modules_[0].get()};
    ASSERT_TRUE(application_->push(request));
  }
  for (int i = 0; i < 50; ++i) {
    PushRequest request{.payload = make_payload<RunPayload>(ends_), .only = modules_[1].get()};
    ASSERT_TRUE(application_->push(request));
  }
  for (const End& end : ends_.wait(50)) EXPECT_EQ(end.result, 7U);
  const DrainReport report = drain(1ms);
  drained_ = true;
  ASSERT_EQ(report.stopped.size(), 1U);
  EXPECT_EQ(report.stopped[0].count, 4U);
  for (const End& end : endless.wait(4)) EXPECT_EQ(end.outcome, Outcome::kDropped);
}

TEST_F(GuestHandlerTest, AGuestThatWaitsForEverIsStoppedAtItsDeadline) {
  std::mutex mutex;
  std::vector<wasm::Completion<std::string>> pending;
  std::atomic<int> cancelled{0};
  host_.on_wait = [&](std::uint32_t, wasm::Completion<std::string> done) {
    std::lock_guard lock(mutex);
    done.on_cancel([&cancelled] { ++cancelled; });
    pending.push_back(std::move(done));
  };
  add(wasm::testing::calling("wait", "(param i32 i32)",
                             "(call $f (i32.const 7) (i32.const 16)) (i32.const 1)"));
  open();
  for (int i = 0; i < 5; ++i) push(30ms);
  for (const End& end : ends_.wait(5)) {
    EXPECT_EQ(end.outcome, Outcome::kDeadline);
    EXPECT_GE(end.ran, 30ms);
  }
  // On a busy machine a deadline may come before the guest has got as far as to wait.
  std::lock_guard lock(mutex);
  EXPECT_EQ(cancelled.load(), static_cast<int>(pending.size()));
  // Too late, and harmless.
  for (auto& done : pending) std::move(done).complete(std::string("late"));
}

TEST_F(GuestHandlerTest, AGuestGoesOnWhenItsHostFunctionCompletesElsewhere) {
  // Each wait is completed by a timer of the pool: suspensions, wakes and moves between threads.
  struct Later final : Timer {
    explicit Later(wasm::Completion<std::string> its_done) : done(std::move(its_done)) {}
    void on_time(Executor&) override {
      std::move(done).complete(std::string(3, 'z'));
      delete this;
    }
    wasm::Completion<std::string> done;
  };
  host_.on_wait = [this](std::uint32_t n, wasm::Completion<std::string> done) {
    auto* later = new Later(std::move(done));
    pool_.schedule(*later, clock_.steady() + n * 1us);
  };
  add(wasm::testing::calling("wait", "(param i32 i32)",
                             "(call $f (i32.const 50) (i32.const 16))"
                             "(call $f (i32.const 0) (i32.const 16))"
                             "(call $f (i32.const 500) (i32.const 16)) (i32.load (i32.const 20))"));
  open({.max_running = 8});
  for (int i = 0; i < 300; ++i) push();
  for (const End& end : ends_.wait(300)) {
    EXPECT_EQ(end.outcome, Outcome::kCompleted) << end.message;
    EXPECT_EQ(end.result, 3U);
  }
}

TEST_F(GuestHandlerTest, AMemoryBombMeetsItsLimit) {
  add_run(
      "(loop $more (br_if $more (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) "
      "unreachable");
  open();
  push();
  push();
  for (const End& end : ends_.wait(2)) EXPECT_EQ(end.outcome, Outcome::kLimit) << end.message;
}

TEST_F(GuestHandlerTest, AShutdownStopsGuestsThatRunAndGuestsThatWait) {
  std::mutex mutex;
  std::vector<wasm::Completion<std::string>> pending;
  // Both guests say that they run; one waits for an answer, the other gets it and loops.
  constexpr std::uint32_t kLoops = 8;
  std::atomic<int> running{0};
  host_.on_wait = [&](std::uint32_t n, wasm::Completion<std::string> done) {
    if (n == kLoops) {
      std::move(done).complete(std::string());
    } else {
      std::lock_guard lock(mutex);
      pending.push_back(std::move(done));
    }
    ++running;
    running.notify_all();
  };
  add(wasm::testing::calling("wait", "(param i32 i32)",
                             "(call $f (i32.const 7) (i32.const 16)) (i32.const 1)"));
  add(wasm::testing::calling("wait", "(param i32 i32)",
                             "(call $f (i32.const 8) (i32.const 16))"
                             "(loop $for_ever (br $for_ever)) (i32.const 0)"));
  open();
  PushRequest waits{.payload = make_payload<RunPayload>(ends_), .only = modules_[0].get()};
  PushRequest loops{.payload = make_payload<RunPayload>(ends_), .only = modules_[1].get()};
  ASSERT_TRUE(application_->push(waits));
  ASSERT_TRUE(application_->push(loops));
  for (int seen = running.load(); seen < 2; seen = running.load()) running.wait(seen);
  const DrainReport report = drain(20ms);
  drained_ = true;
  ASSERT_EQ(report.stopped.size(), 1U) << report.message();
  EXPECT_EQ(report.stopped[0].event_name, "run");
  EXPECT_EQ(report.stopped[0].count, 2U);
  for (const End& end : ends_.wait(2)) EXPECT_EQ(end.outcome, Outcome::kDropped);
}

}  // namespace
}  // namespace hermes::event

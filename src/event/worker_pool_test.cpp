#include "event/worker_pool.hpp"

#include "base/random.hpp"
#include "event/event_queue.hpp"
#include "event/testing/plain_handler.hpp"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace hermes::event {
namespace {

using testing::PlainHandler;
using testing::PlainPayload;
using testing::PlainRun;
using testing::PlainTarget;
using namespace std::chrono_literals;

/// Blocks the test until something has happened a number of times.
class Countdown {
 public:
  explicit Countdown(std::uint64_t count) : left_(count) {}
  void count() {
    std::lock_guard lock(mutex_);
    if (left_ > 0) --left_;
    if (left_ == 0) done_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    done_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable done_;
  std::uint64_t left_;
};

struct FunctionTask final : Task {
  explicit FunctionTask(std::function<void(Executor&)> its_body) : body(std::move(its_body)) {}
  void run(Executor& here) override { body(here); }
  std::function<void(Executor&)> body;
};

struct FunctionTimer final : Timer {
  explicit FunctionTimer(std::function<void(Executor&)> its_body) : body(std::move(its_body)) {}
  void on_time(Executor& here) override { body(here); }
  std::function<void(Executor&)> body;
};

class WorkerPoolTest : public ::testing::Test {
 protected:
  SystemClock clock_;
  SystemRandom random_;
};

TEST_F(WorkerPoolTest, RunsEveryTaskOnceWhereverItIsPosted) {
  constexpr std::size_t kTasks = 3000;
  WorkerPool pool({.threads = 3}, clock_);
  pool.start();
  Countdown done(kTasks * 2);
  std::array<std::atomic<int>, kTasks> runs{};
  std::vector<std::unique_ptr<FunctionTask>> tasks;
  tasks.reserve(kTasks);
  for (std::size_t i = 0; i < kTasks; ++i) {
    tasks.push_back(std::make_unique<FunctionTask>([&, i](Executor& here) {
      EXPECT_LT(pool.current(), pool.size());
      // Twice: from outside, and from within.
      if (runs[i].fetch_add(1) == 0) {
        here.post(*tasks[i]);
      }
      done.count();
    }));
  }
  for (std::size_t i = 0; i < kTasks; ++i) pool.worker(i % pool.size()).post(*tasks[i]);
  done.wait();
  for (const std::atomic<int>& count : runs) EXPECT_EQ(count.load(), 2);
  EXPECT_EQ(pool.current(), pool.size()) << "this is none of its threads";
}

TEST_F(WorkerPoolTest, AnIdleThreadTakesOverWhatABusyOneCannotRun) {
  WorkerPool pool({.threads = 2}, clock_);
  pool.start();
  std::atomic<bool> taken{false};
  Countdown done(1);
  FunctionTask second([&](Executor&) { taken = true; });
  FunctionTask first([&](Executor& here) {
    here.post(second);
    // This thread does not come back before another has run the second.
    while (!taken) std::this_thread::yield();
    done.count();
  });
  pool.worker(0).post(first);
  done.wait();
}

TEST_F(WorkerPoolTest, TimersFireNeverEarlyAndOnTheirThread) {
  WorkerPool pool({.threads = 2}, clock_);
  pool.start();
  Countdown done(40);
  std::vector<std::unique_ptr<FunctionTimer>> timers;
  timers.reserve(40);
  const SteadyTime start = clock_.steady();
  for (int i = 0; i < 40; ++i) {
    const SteadyTime at = start + i * 300us;
    const std::size_t worker = static_cast<std::size_t>(i) % 2;
    timers.push_back(std::make_unique<FunctionTimer>([&, at, worker](Executor&) {
      EXPECT_GE(clock_.steady(), at);
      EXPECT_EQ(pool.current(), worker);
      done.count();
    }));
    pool.worker(worker).schedule(*timers.back(), at);
  }
  done.wait();
}

TEST_F(WorkerPoolTest, ASoonerTimerWakesASleepingThread) {
  WorkerPool pool({.threads = 1}, clock_);
  pool.start();
  Countdown done(1);
  FunctionTimer far([](Executor&) { ADD_FAILURE() << "an hour has passed"; });
  FunctionTimer near([&](Executor&) { done.count(); });
  pool.schedule(far, clock_.steady() + 1h);
  pool.schedule(near, clock_.steady() + 1ms);
  done.wait();
  EXPECT_TRUE(far.cancel());
}

TEST_F(WorkerPoolTest, IoRunsBesideTasks) {
  WorkerPool pool({.threads = 1}, clock_);
  pool.start();
  std::atomic<bool> stop{false};
  Countdown done(1);
  // Always something to do, and still the handler gets its turn.
  FunctionTask busy([&](Executor& here) {
    if (stop) {
      done.count();
    } else {
      here.post(busy);
    }
  });
  pool.post(busy);
  boost::asio::post(pool.io(0), [&] { stop = true; });
  done.wait();
}

TEST_F(WorkerPoolTest, ThreadsLiveInTheirScope) {
  std::atomic<int> inside{0};
  std::atomic<int> entered{0};
  std::atomic<std::uint64_t> watched{0};
  {
    WorkerPool pool({.threads = 3,
                     .thread_scope =
                         [&] {
                           ++inside;
                           ++entered;
                           return std::shared_ptr<void>(nullptr, [&](void*) { --inside; });
                         },
                     .watch = [&](SteadyTime) { ++watched; }},
                    clock_);
    pool.start();
    Countdown done(1);
    FunctionTask task([&](Executor&) {
      EXPECT_GT(inside.load(), 0);
      done.count();
    });
    pool.post(task);
    done.wait();
    pool.stop();
    EXPECT_EQ(inside.load(), 0);
    pool.stop();
  }
  EXPECT_EQ(entered.load(), 6) << "workers, and as many background threads";
  EXPECT_GT(watched.load(), 0U);
}

// ------------------------------------------------------------------------------- events on real
// threads

constexpr EventKind kEvent{1};

/// Order and exclusion of one source, seen from many threads.
struct SourceProbe {
  std::atomic<int> active{0};
  std::uint64_t next = 0;  // guarded by the queue's promise: one at a time
};

struct OrderedPayload final : EventPayload {
  OrderedPayload(SourceProbe* its_source, std::uint64_t its_number, Countdown& its_done)
      : source(its_source), number(its_number), done(its_done) {}
  [[nodiscard]] EventKind kind() const override { return kEvent; }
  [[nodiscard]] std::string_view event_name() const override { return "ordered"; }
  bool withdrawn() override {
    if (source != nullptr) {
      EXPECT_EQ(source->active.fetch_add(1), 0);
      EXPECT_EQ(source->next++, number);
    }
    return false;
  }
  wasm::ExportCall& prepare(const wasm::ExportFunc&) override { std::abort(); }
  void handled(const HandlerReport&) override {}
  void finished(const EventSummary&) override {
    if (source != nullptr) source->active.fetch_sub(1);
  }
  void release() noexcept override {
    Countdown& its_done = done;
    delete this;
    its_done.count();
  }
  SourceProbe* source;
  std::uint64_t number;
  Countdown& done;
};

/// Computes for so long that the queue takes it for a whole time slice.
void use_up_a_slice() {
  const auto until = std::chrono::steady_clock::now() + 250us;
  while (std::chrono::steady_clock::now() < until) {
  }
}

TEST_F(WorkerPoolTest, WhatComputesForLongLeavesItsWorker) {
  WorkerPool pool({.threads = 1}, clock_);
  EventQueue queue({}, pool, random_);
  pool.set_work_source(queue);
  Countdown in_background(3);
  std::atomic<std::size_t> first_thread{99};
  std::atomic<std::size_t> short_thread{99};
  PlainHandler endless("endless", pool, [&](const CallRequest&) {
    return PlainRun{.yields = ~0U, .at_yield = [&] {
                      use_up_a_slice();
                      if (first_thread == 99) first_thread = pool.current();
                      if (pool.current() == pool.size()) in_background.count();
                    }};
  });
  PlainHandler brief("brief", pool, [&](const CallRequest&) {
    return PlainRun{.at_end = [&] { short_thread = pool.current(); }};
  });
  PlainTarget endless_target("endless");
  PlainTarget brief_target("brief");
  endless_target.add(kEvent, endless);
  brief_target.add(kEvent, brief);
  const auto long_application = queue.add_application(endless_target, {});
  const auto short_application = queue.add_application(brief_target, {});
  long_application->open();
  short_application->open();
  pool.start();

  ASSERT_TRUE(long_application->push({.payload = make_payload<PlainPayload>(kEvent)}));
  in_background.wait();
  EXPECT_EQ(first_thread, 0U);
  Countdown done(1);
  ASSERT_TRUE(short_application->push(
      {.payload = make_payload<PlainPayload>(kEvent, [&](const EventSummary&) { done.count(); })}));
  done.wait();
  EXPECT_EQ(short_thread, 0U);

  Countdown drained(2);
  for (ApplicationQueue* each : {long_application.get(), short_application.get()}) {
    each->drain(0ms, [&](const DrainReport& report) {
      EXPECT_EQ(report.clean(), report.application == "brief");
      drained.count();
    });
  }
  drained.wait();
  pool.stop();
}

TEST_F(WorkerPoolTest, EventsKeepTheirOrderUnderManyThreads) {
  constexpr std::size_t kProducers = 3;
  constexpr std::size_t kSourcesPerProducer = 5;
  constexpr std::uint64_t kEventsPerProducer = 4000;
  WorkerPool pool({.threads = 4}, clock_);
  EventQueue queue({.max_running = 6}, pool, random_);
  pool.set_work_source(queue);
  PlainTarget target("app");
  PlainHandler handler("module", pool, [](const CallRequest& request) {
    // A mixture of everything that a call may do, chosen by the event's number.
    const std::uint64_t id = request.id.value();
    return PlainRun{.yields = id % 5 == 0 ? 2U : 0U,
                    .takes = id % 7 == 0 ? Duration{1us * (id % 50)} : Duration::zero(),
                    .outcome = id % 11 == 0 ? Outcome::kTrapped : Outcome::kCompleted,
                    .at_yield = id % 50 == 0 ? use_up_a_slice : std::function<void()>()};
  });
  target.add(kEvent, handler);
  const auto application = queue.add_application(
      target, {.max_events_per_lane = 64, .max_events = 512, .max_running = 5});
  application->open();
  pool.start();

  Countdown done(kProducers * kEventsPerProducer);
  std::array<SourceProbe, kProducers * kSourcesPerProducer> sources;
  std::atomic<std::uint64_t> refused{0};
  std::vector<std::thread> producers;
  producers.reserve(kProducers);
  for (std::size_t p = 0; p < kProducers; ++p) {
    producers.emplace_back([&, p] {
      std::array<std::uint64_t, kSourcesPerProducer> numbers{};
      for (std::uint64_t i = 0; i < kEventsPerProducer; ++i) {
        const std::size_t s = i % kSourcesPerProducer;
        const std::size_t index = p * kSourcesPerProducer + s;
        PushRequest request{
            .payload = make_payload<OrderedPayload>(&sources[index], numbers[s], done),
            .source = queue.source(kEvent, std::to_string(index))};
        while (!application->push(request)) {
          ++refused;
          std::this_thread::yield();
        }
        ++numbers[s];
      }
    });
  }
  for (std::thread& producer : producers) producer.join();
  done.wait();

  Countdown drained(1);
  application->drain(10s, [&](const DrainReport& report) {
    EXPECT_TRUE(report.clean()) << report.message();
    drained.count();
  });
  drained.wait();
  const ApplicationStats stats = application->stats();
  EXPECT_EQ(stats.accepted, kProducers * kEventsPerProducer);
  EXPECT_EQ(stats.refused, refused.load());
  EXPECT_EQ(stats.outcomes.total(), stats.accepted);
  EXPECT_EQ(stats.outcomes[Outcome::kTrapped] + stats.outcomes[Outcome::kCompleted],
            stats.accepted);
  EXPECT_EQ(handler.under_way(), 0U);
  pool.stop();
}

TEST_F(WorkerPoolTest, DeadlinesAndDrainsRaceWithWakes) {
  // Calls whose end, deadline and shutdown fall into the same microseconds, again and again.
  for (int round = 0; round < 60; ++round) {
    WorkerPool pool({.threads = 3}, clock_);
    EventQueue queue({}, pool, random_);
    pool.set_work_source(queue);
    PlainTarget target("app");
    PlainHandler handler("module", pool, [](const CallRequest& request) {
      return PlainRun{.takes = request.id.value() % 10 == 0 ? Duration::max() : Duration{100us}};
    });
    target.add(kEvent, handler);
    const auto application = queue.add_application(target, {.call_deadline = 100us});
    application->open();
    pool.start();
    constexpr std::uint64_t kEvents = 200;
    Countdown done(kEvents);
    for (std::uint64_t i = 0; i < kEvents; ++i) {
      ASSERT_TRUE(application->push({.payload = make_payload<OrderedPayload>(nullptr, i, done)}));
    }
    Countdown drained(1);
    application->drain(round * 10us, [&](const DrainReport&) { drained.count(); });
    drained.wait();
    done.wait();
    EXPECT_EQ(application->stats().outcomes.total(), kEvents);
    EXPECT_EQ(handler.under_way(), 0U);
    pool.stop();
  }
}

TEST_F(WorkerPoolTest, ProducersThatWaitAreServedOnRealThreads) {
  struct Waiting final : PushWaiter {
    void on_pushed(PushResult result) override {
      EXPECT_TRUE(result.has_value());
      told->count();
    }
    Countdown* told = nullptr;
  };
  constexpr std::size_t kWaiters = 500;
  WorkerPool pool({.threads = 3}, clock_);
  EventQueue queue({.max_events = 4}, pool, random_);
  pool.set_work_source(queue);
  PlainTarget target("app");
  PlainHandler handler("module", pool, [](const CallRequest&) { return PlainRun{.takes = 5us}; });
  target.add(kEvent, handler);
  const auto application = queue.add_application(target, {});
  application->open();
  pool.start();
  Countdown done(kWaiters);
  Countdown told(kWaiters);
  std::vector<std::unique_ptr<Waiting>> waiters;
  waiters.reserve(kWaiters);
  for (std::size_t i = 0; i < kWaiters; ++i) {
    waiters.push_back(std::make_unique<Waiting>());
    waiters.back()->told = &told;
    waiters.back()->request.payload = make_payload<OrderedPayload>(nullptr, i, done);
    if (application->push_or_wait(*waiters.back())) told.count();
  }
  told.wait();
  done.wait();
  Countdown drained(1);
  application->drain(10s, [&](const DrainReport&) { drained.count(); });
  drained.wait();
  pool.stop();
}

}  // namespace
}  // namespace hermes::event

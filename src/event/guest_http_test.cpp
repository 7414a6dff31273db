// HTTP requests as events: served by real guests on real workers, while this thread is the client.
#include "event/event_queue.hpp"
#include "event/testing/guest_module.hpp"
#include "event/testing/plain_handler.hpp"
#include "event/worker_pool.hpp"
#include "wasm/component_loader.hpp"
#include "wasm/engine.hpp"
#include "wasm/epoch_ticker.hpp"
#include "wasm/http_exchange.hpp"
#include "wasm/instance_pre.hpp"
#include "wasm/linker.hpp"
#include "wasm/testing/guest_component.hpp"
#include "wasm/testing/http_client.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hermes::event {
namespace {

using testing::End;
using testing::Ends;
using testing::GuestModule;
using testing::PlainTarget;
using wasm::testing::HttpClient;
using wasm::testing::HttpClientRequest;
using wasm::testing::Signal;
using namespace std::chrono_literals;

constexpr EventKind kRequest{1};

/// A request on its way to a module.
class RequestPayload final : public EventPayload {
 public:
  RequestPayload(const wasm::HttpExchange& exchange, Ends& ends) : handle_(exchange), ends_(ends) {}
  [[nodiscard]] EventKind kind() const override { return kRequest; }
  [[nodiscard]] std::string_view event_name() const override { return "incoming-handler"; }
  [[nodiscard]] bool withdrawn() override { return handle_.deserted(); }
  wasm::ExportCall& prepare(const wasm::ExportFunc&) override { return handle_; }
  void handled(const HandlerReport& report) override {
    if (report.failure != nullptr) end_.message = report.failure->message;
  }
  void finished(const EventSummary& summary) override {
    end_.outcome = summary.outcome;
    if (summary.outcome != Outcome::kCompleted) handle_.fail(to_string(summary.outcome));
    ends_.add(end_);
  }

 private:
  wasm::HttpHandle handle_;
  Ends& ends_;
  End end_;
};

class GuestHttpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    pool_.set_work_source(queue_);
    pool_.start();
    constexpr std::uintmax_t kMaxBytes = 64U << 20U;
    const auto bytes = wasm::read_component_file(
        std::filesystem::path(HERMES_GUESTS_DIR) / "http-rust.wasm", kMaxBytes);
    ASSERT_TRUE(bytes) << bytes.error().message;
    const auto component = wasm::testing::compile_guest(
        *engine_, {reinterpret_cast<const char*>(bytes->data()), bytes->size()});
    ASSERT_TRUE(component) << component.error().message;
    auto linker = wasm::Linker::create(*engine_);
    ASSERT_TRUE(linker);
    ASSERT_TRUE(linker->add_wasi());
    ASSERT_TRUE(linker->trap_missing_imports(*component));
    auto pre = wasm::InstancePre::create(*linker, *component);
    ASSERT_TRUE(pre) << pre.error().message;
    const auto handler = pre->find_http_handler();
    ASSERT_TRUE(handler && handler->has_value());
    module_ = std::make_unique<GuestModule>(calls_, *pre, **handler);
    target_.add(kRequest, *module_);
  }

  void open(const ApplicationLimits& limits = {}) {
    application_ = queue_.add_application(target_, limits);
  }

  HttpClient& push(HttpClientRequest request, std::optional<Duration> deadline = {}) {
    HttpClient& client = clients_.emplace_back(std::move(request), signal_);
    const PushResult pushed =
        application_->push({.payload = make_payload<RequestPayload>(client.exchange(), ends_),
                            .call_deadline = deadline});
    EXPECT_TRUE(pushed) << pushed.error().message();
    return client;
  }

  /// Serves the clients until all have their answers.
  void answer_all() {
    for (;;) {
      bool answered = true;
      bool progressed = false;
      for (HttpClient& client : clients_) {
        if (client.answered()) continue;
        progressed = client.push() || progressed;
        progressed = client.take() || progressed;
        answered = answered && client.answered();
      }
      if (answered) return;
      if (!progressed) signal_->wait();
    }
  }

  void TearDown() override {
    std::mutex mutex;
    std::condition_variable changed;
    bool drained = false;
    application_->drain(10s, [&](const DrainReport& left) {
      std::lock_guard lock(mutex);
      EXPECT_TRUE(left.clean()) << left.message();
      drained = true;
      changed.notify_all();
    });
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return drained; });
    lock.unlock();
    pool_.stop();
    EXPECT_EQ(module_->contexts.load(), 0) << "lost a context";
  }

  static std::shared_ptr<const wasm::Engine> make_engine() {
    auto engine = wasm::Engine::create(wasm::EngineConfig::on_demand());
    EXPECT_TRUE(engine) << engine.error().message;
    return *engine;
  }

  std::shared_ptr<const wasm::Engine> engine_ = make_engine();
  wasm::EpochTicker ticker_{engine_, 1ms};
  SystemClock clock_;
  SystemRandom random_;
  GuestCallPool calls_;
  std::unique_ptr<GuestModule> module_;
  Ends ends_;
  PlainTarget target_{"app"};
  WorkerPool pool_{
      {.threads = 2,
       .thread_scope = [this] { return std::make_shared<wasm::Engine::ThreadScope>(*engine_); }},
      clock_};
  EventQueue queue_{{.max_running = 16}, pool_, random_};
  std::unique_ptr<ApplicationQueue> application_;
  wasm::Ref<Signal> signal_ = wasm::Ref<Signal>::adopt(new Signal());
  std::deque<HttpClient> clients_;
};

TEST_F(GuestHttpTest, ManyRequestsAreServedAtOnce) {
  open({.max_running = 8});
  application_->open();
  constexpr std::size_t kRequests = 60;
  for (std::size_t i = 0; i < kRequests; ++i) {
    push({.method = "POST",
          .path = "/echo",
          .body_bytes = 20'000 * i,
          .windows = {.request_bytes = 16'384, .response_bytes = 65'536}});
  }
  answer_all();
  for (std::size_t i = 0; i < kRequests; ++i) {
    EXPECT_TRUE(clients_[i].answer().complete) << i << ": " << clients_[i].answer().message;
    EXPECT_EQ(clients_[i].answer().body_bytes, 20'000 * i);
    EXPECT_TRUE(clients_[i].answer().is_pattern);
  }
  for (const End& end : ends_.wait(kRequests)) EXPECT_EQ(end.outcome, Outcome::kCompleted);
}

TEST_F(GuestHttpTest, AGuestThatWaitsForItsBodyIsStoppedAtItsDeadline) {
  open();
  application_->open();
  const HttpClient& client =
      push({.method = "POST", .path = "/count", .endless = true}, Duration(30ms));
  answer_all();
  EXPECT_EQ(ends_.wait(1)[0].outcome, Outcome::kDeadline);
  EXPECT_EQ(client.answer().failure, wasm::HttpFailure::Kind::kCancelled);
}

TEST_F(GuestHttpTest, ATrapIsTheFailureOfItsRequest) {
  open();
  application_->open();
  const HttpClient& client = push({.path = "/trap-before"});
  answer_all();
  EXPECT_EQ(client.answer().failure, wasm::HttpFailure::Kind::kCall);
  EXPECT_EQ(ends_.wait(1)[0].outcome, Outcome::kTrapped);
}

TEST_F(GuestHttpTest, ARequestWhoseClientHasGoneIsNotServed) {
  open();
  push({.path = "/flood"}).leave();
  application_->open();
  EXPECT_EQ(ends_.wait(1)[0].outcome, Outcome::kRefused);
}

}  // namespace
}  // namespace hermes::event

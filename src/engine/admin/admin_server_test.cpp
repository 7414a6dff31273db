// The admin listener of a whole engine, asked while the engine is not well.
#include "engine/admin/admin_server.hpp"

#include "engine/engine.hpp"
#include "http/testing/http_client.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace hermes::engine {
namespace {

using http::testing::http_get;
using http::testing::HttpAnswer;
using http::testing::HttpClient;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class AdminServerTest : public ::testing::Test {
 protected:
  void start() {
    config_.wasm = wasm::EngineConfig::on_demand();
    config_.workers = 2;
    if (!config_.admin.address) {
      config_.admin.address.emplace(boost::asio::ip::address_v4::loopback(), 0);
    }
    auto engine = Engine::create(config_, clock_, log_);
    ASSERT_TRUE(engine) << engine.error().message;
    engine_ = std::move(*engine);
    const auto started = engine_->start();
    ASSERT_TRUE(started) << started.error().message;
  }
  [[nodiscard]] HttpAnswer get(std::string_view target) const {
    return http_get(*engine_->admin_address(), target).value_or(HttpAnswer{});
  }
  [[nodiscard]] std::string logged() {
    const std::lock_guard lock(mutex_);
    return logged_;
  }

  SystemClock clock_;
  std::mutex mutex_;
  std::string logged_;
  Log log_{{.format = LogFormat::kJson,
            .level = LogLevel::kInfo,
            .colour = {},
            .output =
                [this](std::string_view line) {
                  const std::lock_guard lock(mutex_);
                  logged_ += line;
                }},
           clock_};
  Config config_;
  std::unique_ptr<Engine> engine_;
};

TEST_F(AdminServerTest, AnswersFromTheStartOn) {
  start();
  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").body,
            "{\"status\":\"not ready\",\"problems\":[\"no application is loaded\"]}\n");
  EXPECT_THAT(get("/metrics").body, HasSubstr("hermes_http_connections{server=\"admin\""));
  EXPECT_THAT(get("/api/state").body, HasSubstr("\"health\":{\"live\":true,\"ready\":false"));
  EXPECT_THAT(logged(), HasSubstr("are at http://127.0.0.1:"));
}

TEST_F(AdminServerTest, AnswersWhileAllWorkersAreStuckAndSaysThatTheyAre) {
  config_.admin.stuck_after = 10ms;
  start();
  std::counting_semaphore<> stuck{0};
  std::counting_semaphore<> go_on{0};
  event::WorkerPool& workers = engine_->worker_pool();
  for (std::size_t i = 0; i < workers.size(); ++i) {
    boost::asio::post(workers.io(i), [&] {
      stuck.release();
      go_on.acquire();
    });
  }
  for (std::size_t i = 0; i < workers.size(); ++i) stuck.acquire();
  HttpAnswer answer;
  do {
    answer = get("/healthz");
  } while (answer.body.find("has made no progress") == std::string::npos);
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(get("/metrics").status, 200);
  EXPECT_EQ(get("/").status, 200);
  EXPECT_THAT(get("/api/state").body, HasSubstr("\"live\":false"));
  go_on.release(static_cast<std::ptrdiff_t>(workers.size()));
  while (get("/healthz").body.find("has made no progress") != std::string::npos) {
    std::this_thread::yield();
  }
}

TEST_F(AdminServerTest, ManyAndSlowClientsDoNotKeepTheEngineFromEnding) {
  start();
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 100; ++i) {
    clients.push_back(std::make_unique<HttpClient>(*engine_->admin_address()));
    clients.back()->send("GET /api/state HTTP/1.1\r\nHo");
  }
  engine_.reset();
}

TEST_F(AdminServerTest, WarnsWhereEverybodyCouldLook) {
  config_.admin.address.emplace(boost::asio::ip::address_v4::any(), 0);
  start();
  EXPECT_THAT(logged(), HasSubstr("there is no authentication"));
  EXPECT_EQ(log_.recent_problems().all().size(), 1);
}

TEST_F(AdminServerTest, AnAddressThatIsTakenIsAnErrorThatNamesIt) {
  start();
  Config second = config_;
  second.admin.address = engine_->admin_address();
  auto engine = Engine::create(second, clock_, log_);
  ASSERT_TRUE(engine);
  const auto started = (*engine)->start();
  ASSERT_FALSE(started);
  EXPECT_THAT(started.error().message,
              HasSubstr(fmt::format("--admin: cannot listen at 127.0.0.1:{}",
                                    second.admin.address->port())));
}

}  // namespace
}  // namespace hermes::engine

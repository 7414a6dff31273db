// A server for tests of HTTP/2, with a handler for each thing that an answer can be.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "event/worker_pool.hpp"
#include "http/server.hpp"
#include "http/testing/http2_client.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::http::testing {

/// "0123456789..." in lines of ten bytes.
[[nodiscard]] std::string numbered_lines(std::size_t bytes);

/// Answers by path; see handle().
class Http2Handler final : public Handler {
 public:
  Http2Handler();
  ~Http2Handler() override;
  Awaitable<Response> handle(Request& request) override;

  /// Of content that /echo collects.
  std::atomic<std::uint64_t> most{std::uint64_t{64} << 20};
  /// /wait waits for it.
  std::atomic<bool> go_on{false};
  std::counting_semaphore<> arrived{0};
  std::atomic<int> running{0};
  std::atomic<int> most_running{0};
  /// How content ended that did not come.
  std::atomic<int> content_closed{0};

 private:
  Awaitable<Response> answer(Request& request);
  Awaitable<Response> stream(Request& request);

  std::FILE* file_;
  std::shared_ptr<const std::string> shared_;
};

class Http2ServerTest : public ::testing::Test {
 public:
  Http2ServerTest();
  ~Http2ServerTest() override;

 protected:
  void start();
  [[nodiscard]] boost::asio::ip::tcp::endpoint address() const {
    return server_->addresses().front();
  }
  /// Waits until no connection is left.
  void wait_for_no_connection() const;

  /// "GET /path 200 bytes[ broken]" each.
  class Answers final : public AnswerObserver {
   public:
    void on_answered(const Answered& answered) override;
    void on_handshake_failed(const Tcp::endpoint&, std::string_view) override {}
    std::vector<std::string> lines();

   private:
    std::mutex mutex_;
    std::vector<std::string> lines_;
  };

  SystemClock clock_;
  Log log_;
  event::WorkerPool workers_;
  Http2Handler handler_;
  Answers answers_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
};

}  // namespace hermes::http::testing

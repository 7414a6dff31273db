// A server that listens for TLS, for tests.
#pragma once

#include "base/clock.hpp"
#include "base/log.hpp"
#include "event/worker_pool.hpp"
#include "http/server.hpp"
#include "http/testing/test_certificates.hpp"
#include "http/testing/tls_client.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <stdio.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hermes::http::testing {

/// Content in two parts, after which it fails.
class BrokenSource final : public ContentSource {
 public:
  Awaitable<Chunk> next() override {
    if (parts_ > 0) co_return Chunk{.bytes = --parts_ > 0 ? "first" : "second"};
    co_return Chunk{.bytes = {}, .failed = true};
  }

 private:
  int parts_ = 2;
};

/// Answers by path.
class TlsTestHandler final : public Handler {
 public:
  static constexpr std::size_t kFileBytes = 1'000'000;

  TlsTestHandler() : file_(std::tmpfile()) {
    for (std::size_t i = 0; i < kFileBytes; ++i) std::fputc(static_cast<int>('a' + i % 23), file_);
    std::fflush(file_);
  }
  ~TlsTestHandler() override { std::fclose(file_); }

  Awaitable<Response> handle(Request& request) override {
    EXPECT_EQ(ERR_peek_error(), 0UL) << "an error is left in OpenSSL's queue of a worker";
    Response response;
    if (request.path() == "/echo") {
      const auto content = co_await request.content->all(std::uint64_t{32} << 20U);
      if (!content) co_return Response(599);
      response.set_content(std::string(*content));
    } else if (request.path() == "/file") {
      response.set_content(FileContent{nullptr, ::fileno(file_), 1, kFileBytes - 1});
    } else if (request.path() == "/broken") {
      response.set_content(std::make_unique<BrokenSource>());
    } else if (request.path() == "/own-policy") {
      response.add("strict-transport-security", "max-age=1");
    } else {
      response.set_content(fmt::format("{} {}", request.path_and_query, request.secure));
    }
    co_return response;
  }

 private:
  std::FILE* file_;
};

/// Keeps why handshakes have failed.
class HandshakeFailures final : public AnswerObserver {
 public:
  void on_answered(const Answered&) override {}
  void on_handshake_failed(const Tcp::endpoint& client, std::string_view why) override {
    const std::lock_guard lock(mutex_);
    EXPECT_TRUE(client.address().is_loopback());
    reasons_.emplace_back(why);
  }
  std::vector<std::string> reasons() {
    const std::lock_guard lock(mutex_);
    return reasons_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> reasons_;
};

class TlsServerTest : public ::testing::Test {
 public:
  TlsServerTest() {
    options_.secure.addresses = {{boost::asio::ip::address_v4::loopback(), 0}};
    workers_.start();
  }
  ~TlsServerTest() override {
    server_.reset();
    workers_.stop();
    EXPECT_EQ(ERR_peek_error(), 0UL) << "an error is left in OpenSSL's queue";
  }

 protected:
  /// With these certificates of authority_.
  [[nodiscard]] std::shared_ptr<const TlsContext> context(
      const std::vector<CertificateFiles>& files) {
    std::vector<Certificate> certificates;
    for (const CertificateFiles& each : files) {
      auto certificate = Certificate::read(each, clock_.wall());
      EXPECT_TRUE(certificate) << certificate.error().message;
      certificates.push_back(std::move(*certificate));
    }
    auto made = TlsContext::create(std::move(certificates), keys_, protocols_);
    EXPECT_TRUE(made) << made.error().message;
    return *made;
  }
  void start(const std::vector<CertificateFiles>& files) {
    options_.secure.context = context(files);
    auto server = Server::start(options_, workers_, handler_, &failures_, log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  /// With one certificate, for localhost.
  void start() { start({authority_.make("localhost")}); }

  [[nodiscard]] const Tcp::endpoint& address() const { return server_->secure_addresses().front(); }
  /// Options of a client that trusts authority_.
  [[nodiscard]] TlsClientOptions trusting(std::string server_name = "localhost") const {
    return {.authority = authority_.file(), .server_name = std::move(server_name)};
  }
  [[nodiscard]] TlsClient connect() const { return TlsClient(address(), trusting()); }
  static std::string get(HttpClient& client, std::string_view target = "/x") {
    client.send(fmt::format("GET {} HTTP/1.1\r\nHost: localhost\r\n\r\n", target));
    const auto answer = client.read();
    return answer ? answer->body : "nothing";
  }
  /// Of all listeners.
  [[nodiscard]] std::uint64_t sum(std::uint64_t ListenerStats::* counter) const {
    std::uint64_t all = 0;
    for (const ListenerStats& each : server_->listeners()) all += each.*counter;
    return all;
  }
  /// Waits until so many have failed, and gives all.
  std::vector<std::string> failures(std::size_t count) {
    while (failures_.reasons().size() < count) std::this_thread::yield();
    EXPECT_EQ(sum(&ListenerStats::handshakes_failed), failures_.reasons().size());
    return failures_.reasons();
  }

  SystemClock clock_;
  Log log_{{.format = LogFormat::kJson,
            .level = LogLevel::kError,
            .colour = {},
            .output = [](std::string_view) {}},
           clock_};
  event::WorkerPool workers_{{.threads = 2}, clock_};
  TestAuthority authority_;
  std::shared_ptr<TicketKeys> keys_ = std::make_shared<TicketKeys>(clock_);
  std::vector<std::string_view> protocols_{kApplicationProtocols.begin(),
                                           kApplicationProtocols.end()};
  TlsTestHandler handler_;
  HandshakeFailures failures_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
};

}  // namespace hermes::http::testing

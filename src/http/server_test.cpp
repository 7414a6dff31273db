// The server with real connections on loopback. Nothing sleeps: what is waited for is an answer, or
// the end of a connection.
#include "http/server.hpp"

#include "base/clock.hpp"
#include "http/testing/http_client.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdio.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

namespace hermes::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::HttpClient;
using ::testing::Not;
using namespace std::chrono_literals;

/// Content in parts, each of which is asked for.
class Parts final : public ContentSource {
 public:
  Parts(std::vector<std::string> parts, bool fails) : parts_(std::move(parts)), fails_(fails) {}
  Awaitable<Chunk> next() override {
    if (next_ < parts_.size()) co_return Chunk{.bytes = parts_[next_++]};
    co_return Chunk{.bytes = {}, .failed = fails_};
  }
  [[nodiscard]] std::string trailers() override { return "x-sum: 7\r\n"; }

 private:
  std::vector<std::string> parts_;
  bool fails_;
  std::size_t next_ = 0;
};

struct File {
  File() : file(std::tmpfile()) {
    for (int i = 0; i < 100'000; ++i) std::fprintf(file, "%09d\n", i);
    std::fflush(file);
  }
  ~File() { std::fclose(file); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  std::FILE* file;
};

/// Waits for what a listener is told.
class Told final : public RequestListener {
 public:
  Told(Request& request, const IoExecutor& executor) : request_(request), change_(executor) {
    request_.listener = this;
  }
  ~Told() { request_.listener = nullptr; }
  Told(const Told&) = delete;
  Told& operator=(const Told&) = delete;

  Awaitable<void> change() {
    change_.expires_after(1h);
    if (!changed_) co_await change_.async_wait(kAwait);
    changed_ = false;
  }
  [[nodiscard]] bool is_gone() const { return gone_; }

  void content_ready() override { tell(); }
  void client_gone() override {
    gone_ = true;
    tell();
  }

 private:
  void tell() {
    changed_ = true;
    change_.cancel();
  }

  Request& request_;
  Timer change_;
  bool changed_ = false;
  bool gone_ = false;
};

/// Answers by path.
class TestHandler final : public Handler {
 public:
  Awaitable<Response> handle(Request& request) override {
    const std::string path(request.path());
    Response response;
    response.add("x-path", request.path_and_query);
    if (path == "/echo") {
      const auto content = co_await request.content->all(most);
      if (!content) co_return Response(599);
      response.set_content(fmt::format("{} {} {}", request.method, content->size(), *content));
    } else if (path == "/stream") {
      std::uint64_t size = 0;
      std::uint64_t sum = 0;
      for (;;) {
        const auto part = co_await request.content->next();
        if (!part) co_return Response(599);
        if (part->empty()) break;
        size += part->size();
        for (const char each : *part) sum += static_cast<unsigned char>(each);
      }
      response.set_content(fmt::format("{} {}", size, sum));
    } else if (path == "/polled") {
      const IoExecutor executor = co_await boost::asio::this_coro::executor;
      Told told(request, executor);
      co_await request.content->invite();
      std::uint64_t size = 0;
      std::array<char, 5000> room{};
      for (;;) {
        const auto polled = request.content->poll(room);
        if (!polled) co_return Response(599);
        if (polled->state == PolledContent::State::kOver) break;
        size += polled->bytes;
        if (polled->state == PolledContent::State::kPending) co_await told.change();
      }
      std::string text = fmt::format("{}", size);
      for (const auto& [name, value] : request.content->trailers())
        text += fmt::format(" {}={}", name, value);
      response.set_content(std::move(text));
    } else if (path == "/until-gone") {
      const IoExecutor executor = co_await boost::asio::this_coro::executor;
      Told told(request, executor);
      arrived.release();
      while (!told.is_gone()) co_await told.change();
      left.release();
    } else if (path == "/parts" || path == "/broken") {
      response.set_content(std::make_unique<Parts>(
          std::vector<std::string>{"one", "two", std::string(100'000, 'x')}, path == "/broken"));
    } else if (path == "/file") {
      response.set_content(FileContent{nullptr, fileno(file.file), 5, 999'990});
    } else if (path == "/empty") {
      response = Response(204);
    } else if (path == "/close") {
      response.set_close();
    } else if (path == "/wait") {
      arrived.release();
      boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
      while (!go_on) {
        timer.expires_after(1ms);
        co_await timer.async_wait(kAwait);
      }
      response.set_content(std::string("waited"));
    } else {
      response.set_content(
          fmt::format("{} {} {}", request.method, request.path_and_query, request.authority));
    }
    co_return response;
  }

  std::uint64_t most = 1'000'000;
  std::atomic<bool> go_on{false};
  std::counting_semaphore<> arrived{0};
  std::counting_semaphore<> left{0};
  File file;
};

class Answers final : public AnswerObserver {
 public:
  void on_answered(const Answered& answered) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(fmt::format("{} {} {} {}{}", answered.request.method,
                                 answered.request.path_and_query, answered.status,
                                 answered.content_bytes, answered.broken_off ? " broken" : ""));
  }
  void on_handshake_failed(const Tcp::endpoint&, std::string_view why) override {
    const std::lock_guard lock(mutex_);
    lines_.emplace_back(why);
  }
  std::vector<std::string> lines() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

class ServerTest : public ::testing::Test {
 public:
  ServerTest() {
    options_.addresses = {{boost::asio::ip::address_v4::loopback(), 0}};
    workers_.start();
  }
  ~ServerTest() override {
    server_.reset();
    workers_.stop();
  }

 protected:
  void start() {
    auto server = Server::start(options_, workers_, handler_, &answers_, log_);
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }
  [[nodiscard]] HttpClient connect() const { return HttpClient(server_->addresses().front()); }
  /// What `request` gets on a connection of its own, until that is closed.
  std::string exchange(std::string_view request) const {
    HttpClient client = connect();
    client.send(request);
    client.end_sending();
    return client.read_until_closed();
  }

  SystemClock clock_;
  Log log_{{.format = LogFormat::kJson,
            .level = LogLevel::kError,
            .colour = {},
            .output = [](std::string_view) {}},
           clock_};
  event::WorkerPool workers_{{.threads = 2}, clock_};
  TestHandler handler_;
  Answers answers_;
  ServerOptions options_;
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, ContentMayBePolled) {
  options_.limits.rate_grace = 200ms;
  start();
  HttpClient client = connect();
  const std::string large(300'000, 'x');
  client.send(fmt::format("POST /polled HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}",
                          large.size(), large));
  EXPECT_EQ(client.read()->body, "300000");
  client.send(
      "POST /polled HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n"
      "\r\n");
  EXPECT_EQ(client.read()->status, 100);
  client.send("3\r\nabc\r\n");
  client.send("0\r\nX-Sum: 1\r\n\r\n");
  EXPECT_EQ(client.read()->body, "3 x-sum=1");
  client.send("GET /polled HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read()->body, "0");
  client.send("POST /polled HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n");
  EXPECT_EQ(client.read()->status, 400);
  // One that stops in the middle.
  HttpClient slow = connect();
  slow.send("POST /polled HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc");
  EXPECT_EQ(slow.read()->status, 408);
}

TEST_F(ServerTest, AHandlerHearsThatItsClientIsGone) {
  start();
  {
    HttpClient client = connect();
    client.send("GET /until-gone HTTP/1.1\r\nHost: h\r\n\r\n");
    handler_.arrived.acquire();
  }
  handler_.left.acquire();
  HttpClient client = connect();
  client.send("GET /until-gone HTTP/1.1\r\nHost: h\r\n\r\n");
  handler_.arrived.acquire();
  client.end_sending();
  handler_.left.acquire();
}

TEST_F(ServerTest, WhoTookMuchAtOnceIsNotExcusedForLater) {
  options_.limits.rate_grace = 200ms;
  start();
  // More than the buffers of both systems take.
  HttpClient client = connect();
  for (int i = 0; i < 40; ++i) client.send("GET /file HTTP/1.1\r\nHost: h\r\n\r\n");
  while (server_->counters().timed_out.load() == 0) std::this_thread::yield();
}

TEST_F(ServerTest, AnswersOneRequestAfterTheOtherOnOneConnection) {
  start();
  HttpClient client = connect();
  for (int i = 0; i < 3; ++i) {
    client.send(fmt::format("GET /{}?q HTTP/1.1\r\nHost: h\r\n\r\n", i));
    const auto answer = client.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 200);
    EXPECT_EQ(answer->body, fmt::format("GET /{}?q h", i));
    EXPECT_THAT(answer->header,
                AllOf(HasSubstr("HTTP/1.1 200 OK\r\nDate: "), HasSubstr("\r\nX-Request-Id: "),
                      Not(HasSubstr("Connection:"))));
  }
  EXPECT_EQ(server_->counters().accepted, 1U);
  EXPECT_EQ(server_->counters().requests, 3U);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrder) {
  start();
  HttpClient client = connect();
  std::string requests;
  constexpr int kMany = 1000;
  for (int i = 0; i < kMany; ++i) {
    requests += fmt::format("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n{:04}", i);
  }
  std::jthread sender([&] { client.send(requests); });
  for (int i = 0; i < kMany; ++i) {
    const auto answer = client.read();
    ASSERT_TRUE(answer);
    ASSERT_EQ(answer->body, fmt::format("POST 4 {:04}", i));
  }
}

TEST_F(ServerTest, ContentComesWholeHoweverItIsSent) {
  start();
  for (const std::size_t size : {0UL, 1UL, 100UL, 8'000UL, 9'000UL, 70'000UL, 900'000UL}) {
    std::string content(size, 'x');
    for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<char>('a' + i % 23);
    const std::string expected = fmt::format("POST {} {}", size, content);
    HttpClient client = connect();
    client.send(fmt::format("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n{}", size,
                            content));
    EXPECT_EQ(client.read()->body, expected) << size;
    std::string chunked = "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t at = 0; at < size;) {
      const std::size_t part = std::min<std::size_t>(size - at, 1 + at % 5000);
      chunked += fmt::format("{:x}\r\n{}\r\n", part, content.substr(at, part));
      at += part;
    }
    client.send(chunked + "0\r\n\r\n");
    EXPECT_EQ(client.read()->body, expected) << size << " in chunks";
    client.send("GET /after HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(client.read()->body, "GET /after h");
  }
  EXPECT_EQ(server_->counters().content_bytes, 0U) << "nothing is held any more";
}

TEST_F(ServerTest, ContentIsStreamedInParts) {
  start();
  HttpClient client = connect();
  constexpr std::size_t kSize = 20'000'000;
  client.send(fmt::format("POST /stream HTTP/1.1\r\nHost: h\r\nContent-Length: {}\r\n\r\n", kSize));
  client.send(std::string(kSize, '\x01'));
  EXPECT_EQ(client.read()->body, fmt::format("{} {}", kSize, kSize));
  EXPECT_EQ(server_->counters().content_bytes, 0U);
}

TEST_F(ServerTest, AClientThatWaitsIsToldToGoOn) {
  start();
  HttpClient client = connect();
  client.send(
      "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read()->status, 100);
  client.send("hi");
  EXPECT_EQ(client.read()->body, "POST 2 hi");
  // Nobody wants this content: whether it comes cannot be told, so the connection ends.
  client.send("POST /no HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  const auto answer = client.read();
  EXPECT_EQ(answer->status, 200);
  EXPECT_THAT(answer->header, HasSubstr("Connection: close"));
  EXPECT_TRUE(client.closed_without_a_word());
}

TEST_F(ServerTest, ContentThatNobodyReadsIsSkippedOrTheConnectionEnds) {
  start();
  HttpClient client = connect();
  client.send("POST /little HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
  EXPECT_EQ(client.read()->body, "POST /little h");
  client.send("GET /next HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read()->body, "GET /next h");
  client.send("POST /much HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nhello");
  const auto answer = client.read();
  EXPECT_THAT(answer->header, HasSubstr("Connection: close"));
}

TEST_F(ServerTest, StreamsAnswersInChunks) {
  start();
  HttpClient client = connect();
  for (int i = 0; i < 2; ++i) {
    client.send("GET /parts HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto answer = client.read();
    ASSERT_TRUE(answer);
    EXPECT_THAT(answer->header, HasSubstr("Transfer-Encoding: chunked"));
    EXPECT_EQ(answer->body, "onetwo" + std::string(100'000, 'x'));
    EXPECT_EQ(answer->trailers, "x-sum: 7\n");
  }
  // HTTP/1.0 does not know chunks: the end of the connection is the end of the content.
  const std::string all = exchange("GET /parts HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(all, AllOf(HasSubstr("\r\n\r\nonetwoxxx"), HasSubstr("Connection: close"),
                         Not(HasSubstr("chunked"))));
}

TEST_F(ServerTest, AnAnswerThatBreaksOffIsNotTakenForWhole) {
  start();
  HttpClient client = connect();
  client.send("GET /broken HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_FALSE(client.read());
}

TEST_F(ServerTest, SendsFiles) {
  start();
  HttpClient client = connect();
  for (int i = 0; i < 2; ++i) {
    client.send("GET /file HTTP/1.1\r\nHost: h\r\n\r\n");
    const auto answer = client.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body.size(), 999'990U);
    EXPECT_TRUE(answer->body.starts_with("0000\n000000001\n"));
    EXPECT_TRUE(answer->body.ends_with("\n00009"));
  }
}

TEST_F(ServerTest, AnswersWithoutContent) {
  start();
  HttpClient client = connect();
  client.send("HEAD /x HTTP/1.1\r\nHost: h\r\n\r\n");
  auto answer = client.read(true);
  EXPECT_THAT(answer->header, HasSubstr("Content-Length: 9"));
  client.send("HEAD /parts HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read(true)->status, 200);
  client.send("GET /empty HTTP/1.1\r\nHost: h\r\n\r\n");
  answer = client.read();
  EXPECT_EQ(answer->status, 204);
  EXPECT_THAT(answer->header, Not(HasSubstr("Content-Length")));
  client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(client.read()->body, "GET /x h");
}

TEST_F(ServerTest, UnderstandsAbsoluteTargets) {
  start();
  HttpClient client = connect();
  for (const auto& [target, expected] : std::initializer_list<std::pair<const char*, const char*>>{
           {"http://other/a?b", "GET /a?b other"},
           {"http://other:8080", "GET / other:8080"},
           {"https://other?q", "GET /?q other"},
       }) {
    client.send(fmt::format("GET {} HTTP/1.1\r\nHost: h\r\n\r\n", target));
    EXPECT_EQ(client.read()->body, expected);
  }
}

TEST_F(ServerTest, RefusalsAreDocumentsAndEndTheConnection) {
  start();
  for (const auto& [request, status] : std::initializer_list<std::pair<std::string, int>>{
           {"GET / HTTP/1.1\r\n\r\n", 400},
           {"nonsense\r\n\r\n", 400},
           {"GET / HTTP/3.0\r\nHost: h\r\n\r\n", 505},
           {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(40'000, 'x') + "\r\n\r\n", 431},
           {"GET /" + std::string(40'000, 'x') + " HTTP/1.1\r\nHost: h\r\n\r\n", 431},
           {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 2000000\r\n\r\n", 413},
           {"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", 400},
       }) {
    HttpClient client = connect();
    client.send(request);
    const auto answer = client.read();
    ASSERT_TRUE(answer) << request.substr(0, 60);
    EXPECT_EQ(answer->status, status) << request.substr(0, 60);
    EXPECT_THAT(answer->header,
                AllOf(HasSubstr("application/problem+json"), HasSubstr("Connection: close")));
    EXPECT_THAT(answer->body, HasSubstr(fmt::format("\"status\":{}", status)));
    client.end_sending();
    EXPECT_TRUE(client.closed_without_a_word());
  }
}

TEST_F(ServerTest, LargeHeadsFitUpToTheLimit) {
  start();
  HttpClient client = connect();
  for (const std::size_t size : {7'000UL, 9'000UL, 20'000UL, 32'000UL}) {
    client.send(fmt::format("GET /{} HTTP/1.1\r\nHost: h\r\n\r\n", std::string(size, 'y')));
    const auto answer = client.read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body.size(), size + 7) << size;
  }
}

TEST_F(ServerTest, SlowClientsAreToldSoOrCutOff) {
  options_.limits.header_time = 100ms;
  options_.limits.idle_time = 100ms;
  options_.limits.rate_grace = 100ms;
  start();
  HttpClient silent = connect();
  HttpClient slow_head = connect();
  HttpClient slow_content = connect();
  slow_head.send("GET / HTTP/1.1\r\nHo");
  slow_content.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(slow_head.read()->status, 408);
  EXPECT_EQ(slow_content.read()->status, 408);
  EXPECT_TRUE(silent.closed_without_a_word());
  EXPECT_EQ(server_->counters().timed_out, 2U);
  EXPECT_EQ(server_->listeners().front().timed_out, 2U);
}

TEST_F(ServerTest, AClientThatDoesNotTakeItsAnswerIsCutOff) {
  options_.limits.rate_grace = 100ms;
  options_.limits.min_bytes_per_second = 1 << 30;
  start();
  HttpClient client = connect();
  std::string requests;
  for (int i = 0; i < 100; ++i) requests += "GET /file HTTP/1.1\r\nHost: h\r\n\r\n";
  client.send(requests);
  while (server_->counters().timed_out == 0) std::this_thread::yield();
  while (server_->counters().open > 0) std::this_thread::yield();
}

TEST_F(ServerTest, TooManyConnectionsAreToldSo) {
  options_.limits.max_connections = 3;
  start();
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<HttpClient>(server_->addresses().front()));
    clients.back()->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(clients.back()->read()->status, 200);
  }
  HttpClient refused = connect();
  const auto answer = refused.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_THAT(answer->header, HasSubstr("Retry-After: 1"));
  EXPECT_TRUE(refused.closed_without_a_word());
  clients.clear();
  while (server_->counters().open > 0) std::this_thread::yield();
  EXPECT_THAT(exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"),
              HasSubstr("200 OK"));
}

TEST_F(ServerTest, OneAddressGetsItsShareOnly) {
  options_.limits.max_connections_per_address = 1;
  start();
  HttpClient first = connect();
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(first.read()->status, 200);
  const SteadyTime begun = std::chrono::steady_clock::now();
  HttpClient second = connect();
  EXPECT_EQ(second.read()->status, 503);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 1s) << "who hurries gains nothing";
}

TEST_F(ServerTest, ConnectionsThatAreNotTakenDoNotHoldUpTheEnd) {
  options_.limits.max_connections = 1;
  start();
  HttpClient first = connect();
  first.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(first.read()->status, 200);
  HttpClient second = connect();
  while (server_->counters().refused < 1) std::this_thread::yield();
  EXPECT_EQ(server_->stop(1h), 0U);
  EXPECT_EQ(second.read()->status, 503);
  EXPECT_TRUE(second.closed_without_a_word());
}

TEST_F(ServerTest, AnAddressWaitsForItsTurnAndIsToldWhenItAsksTooOften) {
  options_.limits.max_requests_per_second_per_address = 2;
  options_.limits.max_request_burst_per_address = 1;
  start();
  const SteadyTime begun = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(std::make_unique<HttpClient>(server_->addresses().front()));
    clients.back()->send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  std::map<int, int> statuses;
  for (const auto& each : clients) {
    const auto answer = each->read();
    ASSERT_TRUE(answer);
    ++statuses[answer->status];
    if (answer->status == 429) {
      EXPECT_THAT(answer->header, HasSubstr("Retry-After: 1"));
    }
  }
  // One at once, two half a second apart, and as many more as half seconds have passed meanwhile.
  const auto passed = std::chrono::steady_clock::now() - begun;
  EXPECT_GE(statuses[200], 3);
  EXPECT_LE(statuses[200], 3 + passed / 500ms);
  EXPECT_GE(passed, 1s);
  EXPECT_EQ(statuses[200] + statuses[429], 6);
  EXPECT_EQ(static_cast<int>(server_->counters().too_many), statuses[429]);
  EXPECT_LE(static_cast<int>(server_->counters().delayed), statuses[200] - 1);
}

TEST_F(ServerTest, HoldsNoMoreContentThanItMay) {
  options_.limits.max_collected_bytes = 100'000;
  start();
  HttpClient client = connect();
  client.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n");
  client.send(std::string(200'000, 'x'));
  const auto answer = client.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_THAT(answer->header, HasSubstr("Retry-After"));
}

TEST_F(ServerTest, AConnectionEndsAfterSoManyRequests) {
  options_.limits.max_requests_per_connection = 2;
  start();
  HttpClient client = connect();
  client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(client.read()->header, Not(HasSubstr("Connection")));
  EXPECT_THAT(client.read()->header, HasSubstr("Connection: close"));
  EXPECT_TRUE(client.closed_without_a_word());
}

TEST_F(ServerTest, StoppingLetsARequestFinish) {
  start();
  HttpClient idle = connect();
  idle.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_EQ(idle.read()->status, 200);
  HttpClient busy = connect();
  busy.send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
  handler_.arrived.acquire();
  std::jthread stopping([&] { EXPECT_EQ(server_->stop(1min), 0U); });
  EXPECT_TRUE(idle.closed_without_a_word());
  handler_.go_on = true;
  const auto answer = busy.read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "waited");
  EXPECT_THAT(answer->header, HasSubstr("Connection: close"));
  EXPECT_TRUE(busy.closed_without_a_word());
}

TEST_F(ServerTest, WhatDoesNotFinishInTimeIsCutOff) {
  start();
  HttpClient reader = connect();
  reader.send("POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
  while (server_->counters().requests == 0) std::this_thread::yield();
  EXPECT_EQ(server_->stop(10ms), 1U);
  EXPECT_TRUE(reader.closed_without_a_word());
  EXPECT_EQ(server_->counters().open, 0U);
}

TEST_F(ServerTest, TellsItsObserverOfEachAnswer) {
  start();
  {
    HttpClient client = connect();
    client.send(
        "GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /parts HTTP/1.1\r\nHost: h\r\n\r\n"
        "HEAD /b HTTP/1.1\r\nHost: h\r\n\r\nGET /broken HTTP/1.1\r\nHost: h\r\n\r\n");
    client.read_until_closed();
  }
  server_.reset();
  EXPECT_THAT(answers_.lines(),
              ::testing::ElementsAre("GET /a 200 8", "GET /parts 200 100006", "HEAD /b 200 0",
                                     "GET /broken 200 100006 broken"));
}

TEST_F(ServerTest, ListensAtSeveralAddresses) {
  options_.addresses.emplace_back(boost::asio::ip::address_v6::loopback(), 0);
  start();
  ASSERT_EQ(server_->addresses().size(), 2U);
  for (const Tcp::endpoint& address : server_->addresses()) {
    EXPECT_NE(address.port(), 0);
    EXPECT_EQ(testing::http_get(address, "/x")->status, 200) << to_text(address);
  }
}

TEST_F(ServerTest, CountsTheConnectionsOfEachListener) {
  options_.addresses.assign(2, options_.addresses.front());
  options_.limits.max_connections = 2;
  start();
  HttpClient first(server_->addresses()[0]);
  constexpr std::string_view kRequest = "GET /a HTTP/1.1\r\nHost: h\r\n\r\n";
  first.send(kRequest);
  ASSERT_TRUE(first.read());
  HttpClient second(server_->addresses()[1]);
  second.send(std::string(kRequest) + std::string(kRequest));
  ASSERT_TRUE(second.read());
  ASSERT_TRUE(second.read());
  HttpClient third(server_->addresses()[1]);
  EXPECT_EQ(third.read()->status, 503);
  // What is sent is counted just after.
  std::vector<ListenerStats> stats;
  do {
    stats = server_->listeners();
    ASSERT_EQ(stats.size(), 2);
  } while (stats[0].sent < 50 || stats[1].sent < 2 * stats[0].sent);
  for (const std::size_t i : {0UL, 1UL}) {
    EXPECT_EQ(stats[i].address, server_->addresses()[i]);
    EXPECT_EQ(stats[i].accepted, 1);
    EXPECT_EQ(stats[i].open, 1);
    EXPECT_EQ(stats[i].refused, i);
    EXPECT_EQ(stats[i].received, (i + 1) * kRequest.size());
    EXPECT_EQ(stats[i].timed_out, 0);
  }
  server_->stop(1s);
  for (const ListenerStats& each : server_->listeners()) EXPECT_EQ(each.open, 0);
}

TEST_F(ServerTest, SaysWhyItCannotListen) {
  options_.addresses = {{boost::asio::ip::make_address("192.0.2.1"), 1}};
  const auto server = Server::start(options_, workers_, handler_, nullptr, log_);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("cannot listen at 192.0.2.1:1"));
}

TEST_F(ServerTest, DoesNotShareAnAddressWithAnotherServer) {
  start();
  options_.addresses = server_->addresses();
  const auto second = Server::start(options_, workers_, handler_, nullptr, log_);
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, HasSubstr("Address already in use"));
}

TEST_F(ServerTest, RefusesLimitsThatNoServerCouldWorkWith) {
  options_.limits.max_header_bytes = 10;
  const auto server = Server::start(options_, workers_, handler_, nullptr, log_);
  ASSERT_FALSE(server);
  EXPECT_THAT(server.error().message, HasSubstr("max_header_bytes is 10"));
}

TEST_F(ServerTest, ManyClientsAtTheSameTime) {
  start();
  std::vector<std::jthread> threads;
  std::atomic<int> right{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int c = 0; c < 20; ++c) {
        HttpClient client = connect();
        for (int i = 0; i < 10; ++i) {
          client.send(fmt::format("GET /{}-{}-{} HTTP/1.1\r\nHost: h\r\n\r\n", t, c, i));
          const auto answer = client.read();
          if (answer && answer->body == fmt::format("GET /{}-{}-{} h", t, c, i)) ++right;
        }
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, 8 * 20 * 10);
}

}  // namespace
}  // namespace hermes::http

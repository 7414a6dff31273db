#include "http/testing/http2_fixture.hpp"

#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <stdio.h>

#include <chrono>
#include <thread>
#include <utility>

namespace hermes::http::testing {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kFileBytes = 1'000'000;
constexpr std::size_t kLargeBytes = std::size_t{16} << 20;

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

/// Sends back what it reads, as it comes.
class EchoSource final : public ContentSource {
 public:
  explicit EchoSource(ContentReader& content) : content_(content) {}
  Awaitable<Chunk> next() override {
    const auto part = co_await content_.next();
    if (!part) co_return Chunk{.bytes = {}, .failed = true};
    co_return Chunk{.bytes = *part};
  }

 private:
  ContentReader& content_;
};

}  // namespace

std::string numbered_lines(std::size_t bytes) {
  std::string lines;
  for (int i = 0; lines.size() < bytes; ++i) lines += fmt::format("{:09}\n", i);
  lines.resize(bytes);
  return lines;
}

Http2Handler::Http2Handler()
    : file_(std::tmpfile()),
      shared_(std::make_shared<const std::string>(numbered_lines(kLargeBytes))) {
  const std::string lines = numbered_lines(kFileBytes);
  std::fwrite(lines.data(), 1, lines.size(), file_);
  std::fflush(file_);
}

Http2Handler::~Http2Handler() { std::fclose(file_); }

Awaitable<Response> Http2Handler::handle(Request& request) {
  const int now = ++running;
  int most_before = most_running;
  while (now > most_before && !most_running.compare_exchange_weak(most_before, now)) {
  }
  Response response = co_await answer(request);
  --running;
  co_return response;
}

Awaitable<Response> Http2Handler::answer(Request& request) {
  const std::string_view path = request.path();
  Response response;
  response.add("X-Path", request.path_and_query);
  if (path == "/echo") {
    const auto content = co_await request.content->all(most);
    if (!content && content.error() == ContentError::kClosed) ++content_closed;
    if (!content) co_return Response(599);
    response.set_content(fmt::format("{} {} {}", request.method, content->size(), *content));
  } else if (path == "/stream") {
    Response streamed = co_await stream(request);
    co_return streamed;
  } else if (path == "/both") {
    response.set_content(std::make_unique<EchoSource>(*request.content));
  } else if (path == "/parts" || path == "/broken") {
    response.set_content(std::make_unique<Parts>(
        std::vector<std::string>{"one", "two", std::string(100'000, 'x')}, path == "/broken"));
  } else if (path == "/file") {
    response.set_content(FileContent{nullptr, fileno(file_), 5, kFileBytes - 10});
  } else if (path == "/cut") {
    response.set_content(FileContent{nullptr, fileno(file_), 5, kFileBytes});
  } else if (path == "/large") {
    response.set_content(SharedContent{shared_, *shared_});
  } else if (path == "/bytes") {
    response.set_content(std::vector<std::byte>(10'000, std::byte{'b'}));
  } else if (path == "/empty") {
    response = Response(204);
  } else if (path == "/unchanged") {
    response = Response(304);
  } else if (path == "/close") {
    response.set_close();
  } else if (path == "/many-fields") {
    for (int i = 0; i < 300; ++i) response.add(fmt::format("x-{}", i), std::string(1000, 'v'));
  } else if (path == "/wait") {
    arrived.release();
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    while (!go_on) {
      timer.expires_after(1ms);
      co_await timer.async_wait(kAwait);
    }
    response.set_content(std::string("waited"));
  } else if (path == "/fields") {
    std::string all;
    for (const Field& each : request.fields) all += fmt::format("{}: {}\n", each.name, each.value);
    response.set_content(std::move(all));
  } else {
    response.set_content(
        fmt::format("{} {} {}", request.method, request.path_and_query, request.authority));
  }
  co_return response;
}

Awaitable<Response> Http2Handler::stream(Request& request) {
  std::uint64_t size = 0;
  std::uint64_t sum = 0;
  for (;;) {
    const auto part = co_await request.content->next();
    if (!part && part.error() == ContentError::kClosed) ++content_closed;
    if (!part) co_return Response(599);
    if (part->empty()) break;
    size += part->size();
    for (const char each : *part) sum += static_cast<unsigned char>(each);
  }
  Response response;
  response.set_content(fmt::format("{} {}", size, sum));
  co_return response;
}

Http2ServerTest::Http2ServerTest()
    : log_({.format = LogFormat::kJson,
            .level = LogLevel::kError,
            .colour = {},
            .output = [](std::string_view) {}},
           clock_),
      workers_({.threads = 2}, clock_) {
  options_.addresses = {{boost::asio::ip::address_v4::loopback(), 0}};
  workers_.start();
}

Http2ServerTest::~Http2ServerTest() {
  handler_.go_on = true;
  server_.reset();
  workers_.stop();
}

void Http2ServerTest::start() {
  auto server = Server::start(options_, workers_, handler_, &answers_, log_);
  ASSERT_TRUE(server) << server.error().message;
  server_ = std::move(*server);
}

void Http2ServerTest::wait_for_no_connection() const {
  while (server_->counters().open > 0) std::this_thread::yield();
}

void Http2ServerTest::Answers::on_answered(const Answered& answered) {
  const std::lock_guard lock(mutex_);
  lines_.push_back(fmt::format("{} {} {} {}{}", answered.request.method,
                               answered.request.path_and_query, answered.status,
                               answered.content_bytes, answered.broken_off ? " broken" : ""));
}

std::vector<std::string> Http2ServerTest::Answers::lines() {
  const std::lock_guard lock(mutex_);
  return lines_;
}

}  // namespace hermes::http::testing

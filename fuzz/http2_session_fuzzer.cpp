// Frames of HTTP/2 as clients send them: the session ends when the connection does, handlers come
// back, and nothing stays held.
//
// The first byte says in which pieces the frames come; the preface and SETTINGS are added.

#include "base/clock.hpp"
#include "http/connection.hpp"
#include "http/handler.hpp"
#include "http/shard.hpp"
#include "http/transport.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace http = hermes::http;

namespace {

void require(bool held) {
  if (!held) __builtin_trap();
}

/// Gives out bytes in pieces, then the end; takes everything.
class Bytes final : public http::Transport {
 public:
  Bytes(std::string bytes, std::size_t piece) : bytes_(std::move(bytes)), piece_(piece) {}

  http::IoResult read(std::span<char> into) override {
    const std::size_t size = std::min({piece_, into.size(), bytes_.size() - next_});
    if (size == 0) return {http::IoResult::State::kEnd, 0};
    std::copy_n(bytes_.data() + next_, size, into.data());
    next_ += size;
    return {http::IoResult::State::kMoved, size};
  }
  http::IoResult write(std::span<const iovec> from, http::Then /*then*/) override {
    std::size_t size = 0;
    for (const iovec& each : from) size += each.iov_len;
    return {http::IoResult::State::kMoved, size};
  }
  http::IoResult send_file(int, std::uint64_t, std::uint64_t) override { return {}; }
  [[nodiscard]] std::string_view alpn() const override { return "h2"; }

 private:
  std::string bytes_;
  std::size_t piece_;
  std::size_t next_ = 0;
};

/// Reads in one way or the other, or not at all.
class Echo final : public http::Handler {
 public:
  http::Awaitable<http::Response> handle(http::Request& request) override {
    constexpr std::uint64_t kMost = 1000;
    require(!request.method.empty() && !request.id.text().empty());
    http::Response response;
    if (request.method == "GET") {
      response.set_content(std::string(request.path_and_query));
    } else if (request.path_and_query.size() > 1) {
      const auto content = co_await request.content->all(kMost);
      if (content) response.set_content(std::string(*content));
    } else {
      for (;;) {
        const auto part = co_await request.content->next();
        if (!part || part->empty()) break;
      }
    }
    co_return response;
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0", 33);
  bytes.append(reinterpret_cast<const char*>(data) + 1, size - 1);

  const hermes::SystemClock clock;
  http::Limits limits;
  limits.max_header_bytes = 4096;
  limits.max_body_bytes = 10'000;
  boost::asio::io_context io;
  Echo handler;
  http::ServerCounters counters;
  http::Shard shard(io, clock, limits, handler, counters, nullptr, 1);
  http::ListenerCounters listener;
  {
    http::Connection connection(shard, listener, http::Socket(io),
                                std::make_unique<Bytes>(std::move(bytes), 1 + data[0]));
    bool ended = false;
    boost::asio::co_spawn(io.get_executor(), connection.run(),
                          [&](const std::exception_ptr& failure) {
                            require(!failure);
                            ended = true;
                          });
    io.run();
    require(ended);
  }
  require(counters.content_bytes == 0);
  return 0;
}

#include "http/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string>

namespace hermes::http {
namespace {

/// Of a client that is always as fast as this server: nothing ever waits for the socket.
class TirelessTransport final : public Transport {
 public:
  IoResult read(std::span<char> into) override { return moved(into.size()); }
  IoResult write(std::span<const iovec> from, Then /*then*/) override {
    return moved(from.front().iov_len);
  }
  IoResult send_file(int /*descriptor*/, std::uint64_t /*offset*/, std::uint64_t length) override {
    return moved(static_cast<std::size_t>(length));
  }

 private:
  static IoResult moved(std::size_t most) {
    return {IoResult::State::kMoved, std::min<std::size_t>(most, std::size_t{64} * 1024)};
  }
};

class NoHandler final : public Handler {
 public:
  Awaitable<Response> handle(Request& /*request*/) override { co_return Response(500); }
};

constexpr std::size_t kManyBytes = 8 * Connection::kTurnBytes;

class ConnectionTest : public ::testing::Test {
 public:
  ConnectionTest() {
    Acceptor acceptor(io_, Tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0));
    Socket client(io_);
    client.connect(acceptor.local_endpoint());
    connection_.emplace(shard_, listener_, acceptor.accept(),
                        std::make_unique<TirelessTransport>());
    client_.emplace(std::move(client));
  }

 protected:
  /// How often others had their turn until `moving` had moved everything.
  template <class Moving>
  int turns_of_others(Moving moving) {
    bool moved = false;
    int turns = 0;
    boost::asio::co_spawn(io_.get_executor(), std::move(moving),
                          [&moved](const std::exception_ptr&) { moved = true; });
    boost::asio::post(io_, [&] { take_turn(moved, turns); });
    io_.run();
    return turns;
  }

  Connection& connection() { return *connection_; }

 private:
  void take_turn(const bool& moved, int& turns) {
    if (moved) return;
    ++turns;
    boost::asio::post(io_, [this, &moved, &turns] { take_turn(moved, turns); });
  }

  boost::asio::io_context io_{1};
  SystemClock clock_;
  Limits limits_;
  NoHandler handler_;
  ServerCounters counters_;
  Shard shard_{io_, clock_, limits_, handler_, counters_, nullptr, 1};
  ListenerCounters listener_;
  std::optional<Connection> connection_;
  std::optional<Socket> client_;
};

TEST_F(ConnectionTest, OthersHaveTheirTurnWhileContentIsWritten) {
  std::string content(kManyBytes, 'x');
  EXPECT_GE(turns_of_others([&]() -> Awaitable<void> {
              std::array parts{iovec{.iov_base = content.data(), .iov_len = content.size()}};
              const bool written = co_await connection().write(parts);
              EXPECT_TRUE(written);
            }),
            7);
}

TEST_F(ConnectionTest, OthersHaveTheirTurnWhileAFileIsSent) {
  EXPECT_GE(turns_of_others([&]() -> Awaitable<void> {
              const bool sent = co_await connection().send_file(-1, 0, kManyBytes);
              EXPECT_TRUE(sent);
            }),
            7);
}

TEST_F(ConnectionTest, OthersHaveTheirTurnWhileContentIsRead) {
  EXPECT_GE(turns_of_others([&]() -> Awaitable<void> {
              std::array<char, 4096> into{};
              for (std::size_t read = 0; read < kManyBytes;) {
                const std::size_t more = co_await connection().read(into);
                read += more;
              }
            }),
            7);
}

}  // namespace
}  // namespace hermes::http

// The client against servers that do not behave, and addresses that it must not go to.
#include "http/client/client.hpp"
#include "http/client/testing/collecting_handler.hpp"
#include "http/client/testing/scripted_server.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <string>

namespace hermes::http {
namespace {

using testing::CollectingHandler;
using testing::Peer;
using testing::request_to;
using testing::ScriptedServer;
using namespace std::chrono_literals;

/// What a server sends to whoever asks, and then waits.
struct Case {
  const char* name;
  std::string sends;
  bool closes;
  ClientFailure failure;
};

class HostileServerTest : public ::testing::TestWithParam<Case> {};

TEST_P(HostileServerTest, FailsInTime) {
  const Case& test = GetParam();
  ScriptedServer server([&](Peer& peer) {
    peer.read_head();
    peer.send(test.sends);
    if (!test.closes) peer.wait_until_closed();
  });
  auto client = Client::start({});
  ASSERT_TRUE(client);
  ClientRequest request = request_to(server.url("/"));
  request.limits = {.first_byte_time = 200ms,
                    .between_bytes_time = 200ms,
                    .max_head_bytes = 10'000,
                    .max_content_bytes = 100'000};
  auto handler = std::make_shared<CollectingHandler>();
  (*client)->send(std::move(request), handler);
  handler->wait();
  EXPECT_EQ(describe(handler->failure), describe(test.failure));
  EXPECT_LE(handler->content.size(), 100'000);
}

std::string many(std::string_view text, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

const Case kCases[] = {
    {"Silence", "", false, ClientFailure::kFirstByteTimeout},
    {"HalfAHead", "HTTP/1.1 200 OK\r\nContent-", false, ClientFailure::kFirstByteTimeout},
    {"HalfOfTheContent", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", false,
     ClientFailure::kBetweenBytesTimeout},
    {"Nothing", "", true, ClientFailure::kConnectionLost},
    {"ClosedInTheContent", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", true,
     ClientFailure::kConnectionLost},
    {"ClosedInAChunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", true,
     ClientFailure::kConnectionLost},
    {"NoHttp", "SSH-2.0-OpenSSH_9.2\r\n", false, ClientFailure::kProtocol},
    {"NoStatus", "HTTP/1.1 xyz OK\r\n\r\n", false, ClientFailure::kProtocol},
    {"Switching", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", false,
     ClientFailure::kProtocol},
    {"EndlessField", "HTTP/1.1 200 OK\r\nX: " + std::string(2'000'000, 'x'), false,
     ClientFailure::kHeadTooLarge},
    {"EndlessFields", "HTTP/1.1 200 OK\r\n" + many("X: y\r\n", 100'000), false,
     ClientFailure::kHeadTooLarge},
    {"EndlessHeads", many("HTTP/1.1 100 Continue\r\n\r\n", 10'000), false,
     ClientFailure::kFirstByteTimeout},
    {"EndlessContent", "HTTP/1.1 200 OK\r\n\r\n" + std::string(2'000'000, 'x'), false,
     ClientFailure::kContentTooLarge},
    {"EndlessChunks",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + many("1\r\nx\r\n", 200'000), false,
     ClientFailure::kContentTooLarge},
    {"EndlessTrailers",
     "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + many("X: y\r\n", 100'000),
     false, ClientFailure::kHeadTooLarge},
    {"ALieAboutTheLength", "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nx",
     false, ClientFailure::kProtocol},
    {"TwoLengths", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", false,
     ClientFailure::kProtocol},
    {"MoreThanMayBe", "HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\nx", false,
     ClientFailure::kContentTooLarge},
};

INSTANTIATE_TEST_SUITE_P(Servers, HostileServerTest, ::testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

class HostileTest : public ::testing::Test {
 protected:
  std::shared_ptr<CollectingHandler> send(Client& client, ClientRequest request) {
    auto handler = std::make_shared<CollectingHandler>();
    client.send(std::move(request), handler);
    handler->wait();
    return handler;
  }
};

TEST_F(HostileTest, DrippingEndsWithTheTotalTime) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\n\r\n");
    while (peer.send("x")) std::this_thread::yield();
  });
  auto client = std::move(*Client::start({}));
  ClientRequest request = request_to(server.url("/"));
  request.limits.total_time = 100ms;
  EXPECT_EQ(send(*client, std::move(request))->failure, ClientFailure::kTotalTimeout);
}

TEST_F(HostileTest, ADrippingHeadDoesNotExtendItsTime) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nX: ");
    while (peer.send("x")) std::this_thread::yield();
  });
  auto client = std::move(*Client::start({}));
  ClientRequest request = request_to(server.url("/"));
  request.limits.first_byte_time = 100ms;
  request.limits.max_head_bytes = std::size_t{1} << 30;
  const ClientFailure failure = send(*client, std::move(request))->failure;
  // libcurl has a bound of its own on a line, which may be reached first.
  EXPECT_TRUE(failure == ClientFailure::kFirstByteTimeout ||
              failure == ClientFailure::kHeadTooLarge)
      << describe(failure);
}

TEST_F(HostileTest, WhereNobodyListens) {
  std::uint16_t port = 0;
  {
    ScriptedServer server([](Peer&) {});
    port = server.port();
  }
  auto client = std::move(*Client::start({}));
  EXPECT_EQ(send(*client, request_to(fmt::format("http://127.0.0.1:{}/", port)))->failure,
            ClientFailure::kConnectionRefused);
  EXPECT_EQ(send(*client, request_to("http://name.invalid/"))->failure, ClientFailure::kName);
}

TEST_F(HostileTest, AddressesAreLookedAtWhateverTheName) {
  ScriptedServer server([](Peer& peer) {
    while (!peer.read_head().empty()) peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  auto client = std::move(
      *Client::start({.hosts = {fmt::format("public.example:{}:127.0.0.1", server.port())}}));
  const std::string url = fmt::format("http://public.example:{}/", server.port());

  std::mutex mutex;
  std::set<std::string> asked;
  const auto refused = [&] {
    ClientRequest request = request_to(url);
    request.may_connect = [&](const boost::asio::ip::address& address) {
      const std::lock_guard lock(mutex);
      asked.insert(address.to_string());
      return false;
    };
    return request;
  };
  EXPECT_EQ(send(*client, refused())->failure, ClientFailure::kAddressRefused);
  EXPECT_EQ(asked, std::set<std::string>{"127.0.0.1"});
  EXPECT_EQ(server.connections(), 0);

  // Nor over a connection that somebody else was allowed to make.
  EXPECT_EQ(send(*client, request_to(url))->failure, ClientFailure::kNone);
  EXPECT_EQ(send(*client, refused())->failure, ClientFailure::kAddressRefused);
  EXPECT_EQ(send(*client, request_to(url))->failure, ClientFailure::kNone);

  ClientRequest unasked;
  unasked.url = url;
  EXPECT_EQ(send(*client, std::move(unasked))->failure, ClientFailure::kAddressRefused)
      << "nobody says that it may";
}

TEST_F(HostileTest, BodiesThatAreNoneFail) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.wait_until_closed();
  });
  auto client = std::move(*Client::start({}));
  const auto with = [&](std::optional<std::uint64_t> length, auto change) {
    ClientRequest request = request_to(server.url("/"));
    request.method = "POST";
    request.has_body = true;
    request.body_bytes = length;
    request.limits.max_body_bytes = 100;
    auto handler = std::make_shared<CollectingHandler>(std::string(50, 'b'));
    change(*handler);
    client->send(std::move(request), handler);
    handler->wait();
    return handler->failure;
  };
  EXPECT_EQ(with({}, [](auto& each) { each.body_broken = true; }), ClientFailure::kBodyBroken);
  EXPECT_EQ(with(60, [](auto&) {}), ClientFailure::kBodyBroken) << "too short";
  EXPECT_EQ(with({}, [](auto& each) { each.add_body(std::string(51, 'b')); }),
            ClientFailure::kBodyTooLarge);
}

}  // namespace
}  // namespace hermes::http

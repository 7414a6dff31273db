// The client against servers that behave.
#include "http/client/client.hpp"

#include "base/clock.hpp"
#include "http/client/testing/collecting_handler.hpp"
#include "http/client/testing/scripted_server.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <string>
#include <vector>

namespace hermes::http {
namespace {

using ::testing::AllOf;
using testing::CollectingHandler;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Peer;
using testing::request_to;
using testing::ScriptedServer;
using ::testing::StartsWith;
using namespace std::chrono_literals;

std::string answer(std::string_view content, std::string_view fields = "") {
  return fmt::format("HTTP/1.1 200 OK\r\n{}Content-Length: {}\r\n\r\n{}", fields, content.size(),
                     content);
}

/// Answers each request with its head.
void show_head(Peer& peer) {
  for (std::string head = peer.read_head(); !head.empty(); head = peer.read_head()) {
    if (!peer.send(answer(head))) return;
  }
}

class ClientTest : public ::testing::Test {
 public:
  ClientTest() {
    auto started = Client::start({});
    EXPECT_TRUE(started) << started.error().message;
    client_ = std::move(*started);
  }

 protected:
  std::shared_ptr<CollectingHandler> send(ClientRequest request, std::string body = {}) {
    return testing::exchange(*client_, std::move(request), std::move(body));
  }
  std::shared_ptr<CollectingHandler> get(std::string url) {
    return send(request_to(std::move(url)));
  }

  std::unique_ptr<Client> client_;
};

TEST_F(ClientTest, SendsWhatItIsToldAndNothingElse) {
  ScriptedServer server(show_head);
  ClientRequest request = request_to(server.url("/a/../b%2fc?d=%20"));
  request.method = "PURGE";
  request.fields = {{"X-One", "1"},          {"x-empty", ""},
                    {"Connection", "x-one"}, {"Transfer-Encoding", "chunked"},
                    {"Host", "elsewhere"},   {"X-Bytes", "\xff"}};
  const auto answered = send(std::move(request));
  EXPECT_EQ(answered->failure, ClientFailure::kNone);
  EXPECT_EQ(answered->content,
            fmt::format("PURGE /a/../b%2fc?d=%20 HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nX-One: 1\r\n"
                        "x-empty:\r\nX-Bytes: \xff\r\n\r\n",
                        server.port()));
}

TEST_F(ClientTest, RefusesWhatWouldBeAnotherRequest) {
  ScriptedServer server(show_head);
  const std::vector<ClientField> bad[] = {{{"x", "a\r\ny: b"}}, {{"x\r\ny", "b"}},  {{"x:y", "b"}},
                                          {{"", "b"}},          {{"x", {"\0", 1}}}, {{"x y", "b"}}};
  for (const auto& fields : bad) {
    ClientRequest request = request_to(server.url("/"));
    request.fields = fields;
    EXPECT_EQ(send(std::move(request))->failure, ClientFailure::kInternal) << fields[0].name;
  }
  for (const char* method : {"CONNECT", "GET / HTTP/1.1\r\nx: y"}) {
    ClientRequest request = request_to(server.url("/"));
    request.method = method;
    EXPECT_EQ(send(std::move(request))->failure, ClientFailure::kInternal) << method;
  }
  for (const char* url : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/"}) {
    EXPECT_EQ(get(url)->failure, ClientFailure::kProtocol) << url;
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST_F(ClientTest, GivesTheAnswerAsItIs) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.send(
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        "HTTP/1.1 302 Found\r\nLOCATION: /elsewhere\r\nX-Twice:  1 \r\nx-twice: 2\r\n"
        "Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
        "3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 7\r\nx-more:\r\n\r\n");
    peer.wait_until_closed();
  });
  const auto answered = get(server.url("/"));
  EXPECT_EQ(answered->failure, ClientFailure::kNone);
  EXPECT_EQ(answered->status, 302);
  EXPECT_EQ(answered->head,
            "location: /elsewhere\nx-twice: 1\nx-twice: 2\ncontent-encoding: gzip\n"
            "transfer-encoding: chunked\n");
  EXPECT_EQ(answered->content, "abcde") << "not followed, not decoded";
  EXPECT_EQ(answered->trailers, "x-sum: 7\nx-more: \n");
}

TEST_F(ClientTest, HeadHasNoContentAndNeitherHave204And304) {
  ScriptedServer server([](Peer& peer) {
    EXPECT_THAT(peer.read_head(), StartsWith("HEAD / "));
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n");
    peer.read_head();
    peer.send("HTTP/1.1 204 No Content\r\n\r\n");
    peer.read_head();
    peer.send("HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n");
    peer.wait_until_closed();
  });
  ClientRequest head = request_to(server.url("/"));
  head.method = "HEAD";
  EXPECT_EQ(send(std::move(head))->status, 200);
  EXPECT_EQ(get(server.url("/"))->status, 204);
  EXPECT_EQ(get(server.url("/"))->status, 304);
  EXPECT_EQ(server.connections(), 1) << "it is kept";
}

TEST_F(ClientTest, BodiesGoWithTheirLengthOrInChunks) {
  struct Seen {
    std::string head, body, trailers;
  } seen;
  ScriptedServer server([&](Peer& peer) {
    seen.head = peer.read_head();
    seen.body = seen.head.find("chunked") != std::string::npos ? peer.read_chunks(&seen.trailers)
                                                               : peer.read(5);
    peer.send(answer("taken"));
  });
  ClientRequest request = request_to(server.url("/"));
  request.method = "PUT";
  request.has_body = true;
  request.body_bytes = 5;
  EXPECT_EQ(send(std::move(request), "12345")->content, "taken");
  EXPECT_THAT(seen.head, AllOf(HasSubstr("Content-Length: 5\r\n"), Not(HasSubstr("Expect"))));
  EXPECT_EQ(seen.body, "12345");

  request = request_to(server.url("/"));
  request.method = "POST";
  request.has_body = true;
  auto handler = std::make_shared<CollectingHandler>("abcdef");
  handler->body_piece = 4;
  handler->trailers_to_send = {{"X-Sum", "21"}};
  client_->send(std::move(request), handler);
  handler->wait();
  EXPECT_EQ(handler->content, "taken");
  EXPECT_THAT(seen.head, HasSubstr("Transfer-Encoding: chunked\r\n"));
  EXPECT_EQ(seen.body, "abcdef");
  EXPECT_EQ(seen.trailers, "X-Sum: 21\n");

  ScriptedServer showing(show_head);
  ClientRequest empty = request_to(showing.url("/"));
  empty.method = "POST";
  EXPECT_THAT(send(std::move(empty))->content, HasSubstr("Content-Length: 0\r\n"));
}

TEST_F(ClientTest, LargeBodiesGoBothWaysWhileNobodyHoldsThem) {
  constexpr std::size_t kBytes = std::size_t{16} << 20;
  std::string body(kBytes, '\0');
  for (std::size_t i = 0; i < kBytes; ++i) body[i] = static_cast<char>((i * 31) ^ (i >> 10));
  ScriptedServer server([&](Peer& peer) {
    peer.read_head();
    peer.send(answer(peer.read(kBytes)));
  });
  ClientRequest request = request_to(server.url("/"));
  request.method = "POST";
  request.has_body = true;
  request.body_bytes = kBytes;
  const auto answered = send(std::move(request), body);
  EXPECT_EQ(answered->failure, ClientFailure::kNone);
  EXPECT_TRUE(answered->content == body);
}

TEST_F(ClientTest, AHandlerWithoutRoomHoldsTheServerBack) {
  constexpr std::size_t kBytes = std::size_t{16} << 20;
  std::atomic<std::size_t> sent = 0;
  ScriptedServer server([&](Peer& peer) {
    peer.read_head();
    peer.send(fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", kBytes));
    const std::string piece(65536, 'p');
    while (sent < kBytes && peer.send(piece)) sent += piece.size();
  });
  auto handler = std::make_shared<CollectingHandler>();
  handler->room = 1000;
  ClientRequest request = request_to(server.url("/"));
  // A pause is not the server's.
  request.limits.between_bytes_time = 50ms;
  const auto transfer = client_->send(std::move(request), handler);
  handler->wait_until([&] { return handler->content.size() == 1000; });
  // What is on its way by then is in the buffers of sockets; nothing more is read.
  for (std::size_t room = 1; handler->content.size() < 200'000; room = room * 3 + 1) {
    std::size_t wanted = 0;
    handler->change([&] {
      wanted = handler->content.size() + room;
      handler->room = room;
    });
    transfer->resume();
    handler->wait_until([&] { return handler->content.size() >= wanted; });
    EXPECT_EQ(handler->content.size(), wanted);
  }
  EXPECT_LT(sent, kBytes);
  handler->change([&] { handler->room = kBytes; });
  transfer->resume();
  handler->wait();
  EXPECT_EQ(handler->failure, ClientFailure::kNone);
  EXPECT_EQ(handler->content.size(), kBytes);
}

TEST_F(ClientTest, ABodyIsAwaited) {
  ScriptedServer server([&](Peer& peer) {
    peer.read_head();
    peer.send(answer(peer.read_chunks()));
  });
  auto handler = std::make_shared<CollectingHandler>("one ");
  handler->body_open = true;
  ClientRequest request = request_to(server.url("/"));
  request.method = "POST";
  request.has_body = true;
  // Whoever makes the body may take its time.
  request.limits.first_byte_time = 50ms;
  const auto transfer = client_->send(std::move(request), handler);
  handler->wait_until([&] { return handler->sent() == 4; });
  transfer->resume();
  handler->change([&] { handler->add_body("two"); });
  transfer->resume();
  handler->wait_until([&] { return handler->sent() == 7; });
  handler->change([&] { handler->body_open = false; });
  transfer->resume();
  handler->wait();
  EXPECT_EQ(handler->content, "one two");
}

TEST_F(ClientTest, ManyAtOnce) {
  ScriptedServer server(show_head);
  std::vector<std::shared_ptr<CollectingHandler>> handlers;
  for (int i = 0; i < 200; ++i) {
    handlers.push_back(std::make_shared<CollectingHandler>());
    client_->send(request_to(server.url(fmt::format("/{}", i))), handlers.back());
  }
  for (int i = 0; i < 200; ++i) {
    handlers[i]->wait();
    EXPECT_THAT(handlers[i]->content, StartsWith(fmt::format("GET /{} ", i)));
  }
  EXPECT_LE(server.connections(), 64);
  EXPECT_EQ(client_->counters().running, 0);
}

TEST_F(ClientTest, TheEnvironmentNamesNoProxy) {
  ScriptedServer proxy(show_head);
  ::setenv("http_proxy", proxy.url("/").c_str(), 1);
  ::setenv("ALL_PROXY", proxy.url("/").c_str(), 1);
  ScriptedServer server(show_head);
  EXPECT_THAT(get(server.url("/direct"))->content, StartsWith("GET /direct "));
  ::unsetenv("http_proxy");
  ::unsetenv("ALL_PROXY");
  EXPECT_EQ(proxy.connections(), 0);
}

TEST_F(ClientTest, StoppingCancelsWhatIsUnderWay) {
  ScriptedServer server([](Peer& peer) { peer.wait_until_closed(); });
  std::vector<std::shared_ptr<CollectingHandler>> handlers;
  std::vector<std::shared_ptr<Transfer>> transfers;
  for (int i = 0; i < 5; ++i) {
    handlers.push_back(std::make_shared<CollectingHandler>());
    transfers.push_back(client_->send(request_to(server.url("/")), handlers.back()));
  }
  client_.reset();
  for (const auto& each : handlers) EXPECT_EQ(each->failure, ClientFailure::kCancelled);
  for (const auto& each : transfers) {
    each->resume();
    each->cancel();
  }
}

TEST_F(ClientTest, StoppingMayLeaveSomeTime) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.wait_until_closed();
  });
  client_->stop_after(20ms);
  EXPECT_EQ(get(server.url("/"))->failure, ClientFailure::kCancelled);
  EXPECT_EQ(get(server.url("/"))->failure, ClientFailure::kCancelled);
}

TEST_F(ClientTest, ARequestIsCancelledAtAnyTime) {
  ScriptedServer server([](Peer& peer) {
    peer.read_head();
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    EXPECT_TRUE(peer.wait_until_closed());
  });
  auto handler = std::make_shared<CollectingHandler>();
  const auto transfer = client_->send(request_to(server.url("/")), handler);
  handler->wait_until([&] { return handler->content == "half"; });
  transfer->cancel();
  handler->wait();
  EXPECT_EQ(handler->failure, ClientFailure::kCancelled);
  for (int i = 0; i < 50; ++i) {
    auto early = std::make_shared<CollectingHandler>();
    client_->send(request_to(server.url("/")), early)->cancel();
    early->wait();
    EXPECT_EQ(early->failure, ClientFailure::kCancelled);
  }
}

TEST_F(ClientTest, ThereIsABoundOnRequests) {
  client_ = std::move(*Client::start({.max_requests = 2}));
  ScriptedServer server([](Peer& peer) { peer.wait_until_closed(); });
  const auto first = std::make_shared<CollectingHandler>();
  const auto second = std::make_shared<CollectingHandler>();
  const auto transfer = client_->send(request_to(server.url("/")), first);
  client_->send(request_to(server.url("/")), second);
  EXPECT_EQ(get(server.url("/"))->failure, ClientFailure::kTooMany);
  transfer->cancel();
  first->wait();
  EXPECT_EQ(client_->counters().running, 1);
}

}  // namespace
}  // namespace hermes::http

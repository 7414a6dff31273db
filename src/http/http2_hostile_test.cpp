// HTTP/2 with clients that mean harm, or are gone: each costs little, and is ended.
#include "http/testing/http2_fixture.hpp"
#include "http/testing/http_client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <thread>
#include <tuple>
#include <vector>

namespace hermes::http {
namespace {

using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using testing::http2_frame;
using testing::Http2Client;
using testing::Http2Fields;
using ::testing::Pair;
using namespace std::chrono_literals;

const Http2Fields kPost{
    {":method", "POST"}, {":scheme", "http"}, {":path", "/stream"}, {":authority", "h"}};

/// HPACK of a GET of "/" of the host "h".
const std::string kGet("\x82\x86\x84\x41\x01h", 6);

/// The same with POST.
const std::string kHpackPost("\x83\x86\x84\x41\x01h", 6);

/// The end of a GOAWAY frame with this error.
const std::string kEnhanceYourCalm("\0\0\0\x0b", 4);

constexpr std::uint8_t kUnknownType = 0xbb;

class Http2HostileTest : public testing::Http2ServerTest {
 protected:
  /// Reads until the connection is closed, and expects that the server has said this.
  static void expect_closed(Http2Client& client, std::uint32_t error) {
    client.read_until_closed();
    EXPECT_THAT(client.goaways(), Contains(Pair(::testing::_, error)));
  }
  /// What the server says to a client that says this and then waits.
  [[nodiscard]] std::string say(const std::string& frames) const {
    testing::HttpClient client(address());
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2_frame(NGHTTP2_SETTINGS, 0, 0, ""));
    client.send(frames);
    return client.read_until_closed();
  }
  static std::uint32_t next_stream(std::uint32_t& id) { return id += 2; }
};

TEST_F(Http2HostileTest, StreamsThatAreResetAtOnceEndTheConnection) {
  options_.limits.http2_max_resets = 50;
  start();
  Http2Client client(address());
  std::uint32_t id = 999;
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t stream = next_stream(id);
    if (!client.send_bytes(
            http2_frame(NGHTTP2_HEADERS, 0x05, stream, kGet) +
            http2_frame(NGHTTP2_RST_STREAM, 0, stream, std::string("\0\0\0\x08", 4)))) {
      break;
    }
  }
  expect_closed(client, NGHTTP2_ENHANCE_YOUR_CALM);
  wait_for_no_connection();
}

TEST_F(Http2HostileTest, StreamsThatTheServerMustResetEndTheConnection) {
  options_.limits.http2_max_resets = 50;
  start();
  Http2Client client(address());
  std::uint32_t id = 999;
  for (int i = 0; i < 1000; ++i) {
    const std::uint32_t stream = next_stream(id);
    // A window beyond its bounds is an error of the stream (RFC 9113 section 6.9.1).
    if (!client.send_bytes(http2_frame(NGHTTP2_HEADERS, 0x04, stream, kGet) +
                           http2_frame(NGHTTP2_WINDOW_UPDATE, 0, stream, "\x7f\xff\xff\xff"))) {
      break;
    }
  }
  expect_closed(client, NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(Http2HostileTest, HandlersOfStreamsThatWereResetStillCount) {
  options_.limits.http2_max_streams = 5;
  start();
  Http2Client client(address());
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(client.get("/wait"));
  for (int i = 0; i < 5; ++i) handler_.arrived.acquire();
  for (const std::int32_t id : ids) client.reset(id, NGHTTP2_CANCEL);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.finish(client.get("/")).error, NGHTTP2_REFUSED_STREAM);
  }
  handler_.go_on = true;
  while (handler_.running > 0) std::this_thread::yield();
  while (client.finish(client.get("/")).status != 200) {
  }
  EXPECT_EQ(handler_.most_running, 5);
}

TEST_F(Http2HostileTest, MoreStreamsThanAllowedAreAnError) {
  options_.limits.http2_max_streams = 3;
  start();
  Http2Client client(address());
  EXPECT_EQ(client.finish(client.get("/")).status, 200);
  std::string all;
  for (std::uint32_t id = 1001; id < 1011; id += 2) {
    all += http2_frame(NGHTTP2_HEADERS, 0x04, id, kGet);
  }
  client.send_bytes(all);
  expect_closed(client, NGHTTP2_PROTOCOL_ERROR);
}

TEST_F(Http2HostileTest, FramesThatCarryNothingEndTheConnection) {
  options_.limits.http2_max_control_frames = 200;
  options_.limits.http2_control_frames_per_second = 10;
  // All of them come at once.
  options_.limits.http2_max_acks = 1000;
  start();
  const std::string post = http2_frame(NGHTTP2_HEADERS, 0x04, 1, kHpackPost);
  for (const std::string& frame :
       {http2_frame(NGHTTP2_PING, 0, 0, "12345678"), http2_frame(NGHTTP2_SETTINGS, 0, 0, ""),
        http2_frame(NGHTTP2_PRIORITY, 0, 1, std::string("\0\0\0\0\x10", 5)),
        http2_frame(kUnknownType, 0, 0, "?"),
        http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string("\0\0\0\x01", 4)),
        http2_frame(NGHTTP2_DATA, 0, 1, "")}) {
    std::string frames = post;
    for (int i = 0; i < 1000; ++i) frames += frame;
    EXPECT_THAT(say(frames), EndsWith(kEnhanceYourCalm)) << "frame type " << int{frame[3]};
  }
  // What is usual is not too much.
  Http2Client client(address());
  for (int i = 0; i < 100; ++i) {
    client.ping();
    EXPECT_EQ(client.finish(client.get("/")).status, 200);
  }
}

TEST_F(Http2HostileTest, AnswersThatNobodyReadsAreBounded) {
  start();
  Http2Client client(address());
  EXPECT_EQ(client.finish(client.get("/")).status, 200);
  std::string pings;
  for (int i = 0; i < 1000; ++i) pings += http2_frame(NGHTTP2_PING, 0, 0, "12345678");
  // Never reads: in the end the server closes.
  for (int i = 0; i < 10'000 && client.send_bytes(pings); ++i) {
  }
  wait_for_no_connection();
}

TEST_F(Http2HostileTest, AHeadThatGoesOnAndOnEndsTheConnection) {
  start();
  Http2Client client(address());
  EXPECT_EQ(client.finish(client.get("/")).status, 200);
  bool open = client.send_bytes(http2_frame(NGHTTP2_HEADERS, 0, 1001, kGet));
  // A literal field without indexing each: "x: yyy...".
  const std::string field = std::string("\x00\x01x\x7e", 4) + std::string(126, 'y');
  std::string fields;
  for (int i = 0; i < 100; ++i) fields += field;
  for (int i = 0; i < 1000 && open; ++i) {
    open = client.send_bytes(http2_frame(NGHTTP2_CONTINUATION, 0, 1001, fields));
  }
  client.read_until_closed();
  wait_for_no_connection();
}

TEST_F(Http2HostileTest, FieldsThatGrowWhenTheyAreDecodedAreRefused) {
  start();
  Http2Client client(address());
  EXPECT_EQ(client.finish(client.get("/")).status, 200);
  // One large field is put into the table, and then named by one byte, thousands of times.
  const std::string large = std::string("\x40\x01x\x7f\xa1\x1e", 6) + std::string(4000, 'z');
  const std::string block = kGet + large + std::string(12'000, '\xbe');
  client.send_bytes(http2_frame(NGHTTP2_HEADERS, 0x05, 1001, block));
  while (server_->counters().requests < 2) std::this_thread::yield();
  Http2Client other(address());
  EXPECT_EQ(other.finish(other.get("/")).status, 200);
  server_.reset();
  EXPECT_THAT(answers_.lines(), Contains(::testing::StartsWith("GET / 431 ")));
}

TEST_F(Http2HostileTest, AWindowThatNeverOpensEndsTheStream) {
  options_.limits.rate_grace = 100ms;
  options_.limits.min_bytes_per_second = 1 << 20;
  start();
  // The stream's own.
  Http2Client closed(address(), {.window = 0, .opens_windows = false});
  const std::int32_t id = closed.get("/large");
  EXPECT_EQ(closed.finish(id).error, NGHTTP2_CANCEL);
  EXPECT_EQ(closed.answer(id).status, 200);
  EXPECT_EQ(server_->counters().timed_out, 1U);
  // That of the connection: nothing goes any more, for nobody.
  Http2Client full(address(), {.window = 1 << 20, .opens_windows = false});
  full.get("/large");
  full.read_until_closed();
  EXPECT_EQ(server_->counters().timed_out, 2U);
}

TEST_F(Http2HostileTest, AClientThatDoesNotReadIsCutOff) {
  options_.limits.rate_grace = 100ms;
  options_.limits.min_bytes_per_second = 1 << 30;
  start();
  Http2Client client(address(), {.window = 0x7fffffff, .opens_windows = false});
  // The connection's window too.
  client.send_bytes(http2_frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string("\x7f\0\0\0", 4)));
  for (int i = 0; i < 20; ++i) client.get("/large");
  while (server_->counters().timed_out == 0) std::this_thread::yield();
  wait_for_no_connection();
}

TEST_F(Http2HostileTest, SlowClientsAreEnded) {
  options_.limits.header_time = 100ms;
  options_.limits.idle_time = 100ms;
  options_.limits.rate_grace = 100ms;
  start();
  Http2Client idle(address());
  expect_closed(idle, NGHTTP2_NO_ERROR);
  EXPECT_THAT(say(http2_frame(NGHTTP2_HEADERS, 0, 1, kGet)), EndsWith(kEnhanceYourCalm));
  Http2Client content(address());
  const std::int32_t id = content.send_fields(kPost, "x", false);
  EXPECT_EQ(content.finish(id).status, 408);
  EXPECT_EQ(content.answer(id).error, NGHTTP2_NO_ERROR);
  EXPECT_EQ(server_->counters().timed_out, 2U);
}

TEST_F(Http2HostileTest, ClientsThatVanishLeaveNothingBehind) {
  start();
  for (int i = 0; i < 20; ++i) {
    Http2Client client(address());
    client.get("/large");
    client.get("/file");
    client.get("/parts");
    client.send_fields(kPost, std::string(20'000, 'x'), false);
    client.send("POST", "/echo", {}, std::string(20'000, 'x'));
    if (i % 2 == 0) client.exchange();
    client.vanish();
  }
  wait_for_no_connection();
  EXPECT_EQ(server_->counters().content_bytes, 0U);
  EXPECT_EQ(handler_.running, 0);
}

TEST_F(Http2HostileTest, MemoryOfAConnectionIsBounded) {
  options_.limits.http2_memory_bytes = std::size_t{256} * 1024;
  options_.limits.http2_max_streams = 10'000;
  start();
  Http2Client client(address());
  EXPECT_EQ(client.finish(client.get("/")).status, 200);
  bool open = true;
  for (std::uint32_t id = 1001; id < 30'000 && open; id += 2) {
    open = client.send_bytes(http2_frame(NGHTTP2_HEADERS, 0x04, id, kGet));
  }
  wait_for_no_connection();
}

TEST_F(Http2HostileTest, FramesOfStreamsThatTheClientHasEndedAreErrors) {
  start();
  const std::string get = http2_frame(NGHTTP2_HEADERS, 0x05, 3, kGet);
  const std::string data = http2_frame(NGHTTP2_DATA, 0x01, 3, "x");
  const std::string cancel = http2_frame(NGHTTP2_RST_STREAM, 0, 3, std::string("\0\0\0\x08", 4));
  const std::string post = http2_frame(NGHTTP2_HEADERS, 0x04, 3, kHpackPost);
  const std::string passed_over = http2_frame(NGHTTP2_HEADERS, 0x05, 1, kGet);
  for (const auto& [first, then, error] :
       std::initializer_list<std::tuple<std::string, std::string, char>>{
           {get, data, NGHTTP2_STREAM_CLOSED},
           {get, get, NGHTTP2_STREAM_CLOSED},
           {post + cancel, data, NGHTTP2_STREAM_CLOSED},
           {get, passed_over, NGHTTP2_PROTOCOL_ERROR},
       }) {
    // At once, and when the stream is closed.
    for (const bool at_once : {true, false}) {
      testing::HttpClient client(address());
      const std::uint64_t before = server_->counters().requests;
      client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + http2_frame(NGHTTP2_SETTINGS, 0, 0, "") +
                  first + (at_once ? then : ""));
      while (server_->counters().requests == before) std::this_thread::yield();
      if (!at_once) client.send(then);
      // Stream 3 was the last.
      const std::string goaway({'\0', '\0', '\0', '\3', '\0', '\0', '\0', error});
      EXPECT_THAT(client.read_until_closed(), HasSubstr(goaway));
    }
  }
}

TEST_F(Http2HostileTest, GoingAwayIsTakenNote) {
  start();
  Http2Client client(address());
  const std::int32_t id = client.get("/large");
  client.send_bytes(http2_frame(NGHTTP2_GOAWAY, 0, 0, std::string(8, '\0')));
  EXPECT_EQ(client.finish(id).body.size(), std::size_t{16} << 20);
  client.read_until_closed();
}

}  // namespace
}  // namespace hermes::http

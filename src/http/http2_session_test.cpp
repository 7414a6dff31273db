// HTTP/2 with a real client on loopback: what requests and answers look like, and in which order.
#include "http/testing/http2_fixture.hpp"
#include "http/testing/http_client.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace hermes::http {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Http2Answer;
using testing::Http2Client;
using testing::Http2Fields;
using ::testing::Not;
using testing::numbered_lines;
using namespace std::chrono_literals;

class Http2SessionTest : public testing::Http2ServerTest {};

TEST_F(Http2SessionTest, AnswersRequestsOnOneConnection) {
  start();
  Http2Client client(address());
  for (int i = 0; i < 3; ++i) {
    const Http2Answer& answer = client.finish(client.get(fmt::format("/{}?q", i)));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, fmt::format("GET /{}?q h", i));
    EXPECT_THAT(answer.header,
                AllOf(HasSubstr("date: "), HasSubstr("content-length: 10\n"),
                      HasSubstr(fmt::format("x-path: /{}?q\n", i)), HasSubstr("x-request-id: ")));
    EXPECT_EQ(answer.error, NGHTTP2_NO_ERROR);
  }
  EXPECT_EQ(server_->counters().accepted, 1U);
  EXPECT_EQ(server_->counters().requests, 3U);
}

TEST_F(Http2SessionTest, ARequestDoesNotWaitForAnother) {
  start();
  Http2Client client(address());
  const std::int32_t waiting = client.get("/wait");
  handler_.arrived.acquire();
  for (int i = 0; i < 50; ++i) EXPECT_EQ(client.finish(client.get("/")).status, 200);
  EXPECT_FALSE(client.answer(waiting).over);
  handler_.go_on = true;
  EXPECT_EQ(client.finish(waiting).body, "waited");
}

TEST_F(Http2SessionTest, ManyRequestsAtTheSameTime) {
  start();
  Http2Client client(address());
  std::vector<std::int32_t> ids;
  for (int round = 0; round < 20; ++round) {
    ids.clear();
    for (int i = 0; i < 100; ++i) ids.push_back(client.get(fmt::format("/{}", i)));
    for (int i = 0; i < 100; ++i) {
      ASSERT_EQ(client.finish(ids[static_cast<std::size_t>(i)]).body, fmt::format("GET /{} h", i));
    }
  }
}

TEST_F(Http2SessionTest, SharesTheConnectionAmongAnswers) {
  start();
  Http2Client client(address(), {.window = 1 << 20, .opens_windows = true});
  const std::int32_t large = client.get("/large");
  const std::int32_t file = client.get("/file");
  EXPECT_EQ(client.finish(file).body.size(), 999'990U);
  EXPECT_FALSE(client.answer(large).over) << "the small answer did not wait for the large one";
  EXPECT_EQ(client.finish(large).body, numbered_lines(std::size_t{16} << 20));
}

TEST_F(Http2SessionTest, AnswersOfEveryKind) {
  start();
  Http2Client client(address());
  const std::string file = numbered_lines(1'000'000).substr(5, 999'990);
  const std::string parts = "onetwo" + std::string(100'000, 'x');
  for (const auto& [path, status, body, header] :
       std::initializer_list<std::tuple<std::string, int, std::string, std::string>>{
           {"/file", 200, file, "content-length: 999990\n"},
           {"/bytes", 200, std::string(10'000, 'b'), "content-length: 10000\n"},
           {"/parts", 200, parts, ""},
           {"/empty", 204, "", ""},
           {"/unchanged", 304, "", ""},
           {"/close", 200, "", "content-length: 0\n"},
       }) {
    const Http2Answer& answer = client.finish(client.get(path));
    EXPECT_EQ(answer.status, status) << path;
    EXPECT_EQ(answer.body, body) << path;
    EXPECT_THAT(answer.header, HasSubstr(header)) << path;
    EXPECT_EQ(answer.error, NGHTTP2_NO_ERROR) << path;
    EXPECT_EQ(answer.trailers, path == "/parts" ? "x-sum: 7\n" : "") << path;
    EXPECT_THAT(answer.header, AllOf(Not(HasSubstr("connection")), Not(HasSubstr("transfer"))));
  }
}

TEST_F(Http2SessionTest, HeadHasNoContent) {
  start();
  Http2Client client(address());
  for (const auto& [path, length] : std::initializer_list<std::pair<const char*, const char*>>{
           {"/x", "content-length: 9\n"}, {"/file", "content-length: 999990\n"}, {"/parts", ""}}) {
    const Http2Answer& answer = client.finish(client.send("HEAD", path, {}, std::nullopt));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "");
    EXPECT_THAT(answer.header, HasSubstr(length)) << path;
  }
}

TEST_F(Http2SessionTest, AnAnswerThatBreaksOffIsReset) {
  start();
  Http2Client client(address());
  for (const char* path : {"/broken", "/cut", "/many-fields"}) {
    EXPECT_EQ(client.finish(client.get(path)).error, NGHTTP2_INTERNAL_ERROR) << path;
  }
  EXPECT_EQ(client.finish(client.get("/after")).status, 200) << "the connection goes on";
}

TEST_F(Http2SessionTest, ContentComesWhole) {
  options_.limits.http2_window_bytes = 65'535;
  start();
  Http2Client client(address());
  for (const std::size_t size : {0UL, 1UL, 16'384UL, 70'000UL, 900'000UL, 16UL << 20}) {
    const std::string content = numbered_lines(size);
    const Http2Fields length{{"content-length", fmt::format("{}", size)}};
    for (const Http2Fields& fields : {Http2Fields{}, length}) {
      const Http2Answer& answer = client.finish(client.send("POST", "/echo", fields, content));
      ASSERT_EQ(answer.body, fmt::format("POST {} {}", size, content)) << size;
    }
    EXPECT_EQ(client.finish(client.send("POST", "/both", {}, content)).body, content) << size;
    const std::string told = client.finish(client.send("POST", "/stream", {}, content)).body;
    EXPECT_THAT(told, HasSubstr(fmt::format("{} ", size)));
  }
  while (server_->counters().content_bytes > 0) std::this_thread::yield();
}

TEST_F(Http2SessionTest, TrailersOfARequestEndIt) {
  start();
  Http2Client client(address());
  const std::int32_t id = client.send_fields(
      {{":method", "POST"}, {":scheme", "http"}, {":path", "/echo"}, {":authority", "h"}}, "abc",
      false);
  client.end(id, {{"x-sum", "1"}});
  EXPECT_EQ(client.finish(id).body, "POST 3 abc");
}

TEST_F(Http2SessionTest, AClientThatWaitsIsToldToGoOn) {
  start();
  Http2Client client(address());
  const Http2Fields fields{{":method", "POST"},     {":scheme", "http"},
                           {":path", "/echo"},      {":authority", "h"},
                           {"content-length", "2"}, {"expect", "100-continue"}};
  const std::int32_t id = client.send_fields(fields, "", false);
  while (client.answer(id).informational == 0) ASSERT_TRUE(client.exchange());
  EXPECT_EQ(client.answer(id).informational, 100);
  client.reset(id, NGHTTP2_CANCEL);
  EXPECT_EQ(client.finish(client.get("/")).status, 200);
}

TEST_F(Http2SessionTest, ContentThatNobodyReadsHarmsNobody) {
  start();
  Http2Client client(address());
  const Http2Answer& little = client.finish(client.send("POST", "/x", {}, std::string(1000, 'x')));
  EXPECT_EQ(little.body, "POST /x h");
  const Http2Answer& much =
      client.finish(client.send("POST", "/x", {}, numbered_lines(10'000'000)));
  EXPECT_EQ(much.body, "POST /x h");
  EXPECT_EQ(much.error, NGHTTP2_NO_ERROR);
  EXPECT_EQ(client.finish(client.get("/")).status, 200);
}

TEST_F(Http2SessionTest, ContentHasItsLimits) {
  options_.limits.max_body_bytes = 100'000;
  options_.limits.max_collected_bytes = 150'000;
  start();
  handler_.most = 50'000;
  Http2Client client(address());
  const Http2Fields promised{{"content-length", "100001"}};
  for (const auto& [path, fields, size, status] :
       std::initializer_list<std::tuple<const char*, Http2Fields, std::size_t, int>>{
           {"/echo", {}, 50'000, 200},
           {"/echo", {}, 50'001, 413},
           {"/stream", {}, 100'000, 200},
           {"/stream", {}, 100'001, 413},
           {"/stream", promised, 100'001, 413},
       }) {
    const Http2Answer& answer =
        client.finish(client.send("POST", path, fields, std::string(size, 'x')));
    EXPECT_EQ(answer.status, status) << path << " " << size;
    EXPECT_EQ(answer.error, NGHTTP2_NO_ERROR) << path << " " << size;
  }
  // What waits for handlers counts as well.
  std::vector<std::int32_t> ids;
  for (int i = 0; i < 4; ++i)
    ids.push_back(client.send("POST", "/wait", {}, std::string(49'000, 'x')));
  while (server_->counters().content_bytes < 150'000) {
    // So that something comes to be read.
    client.ping();
    ASSERT_TRUE(client.exchange());
  }
  handler_.go_on = true;
  int refused = 0;
  for (const std::int32_t id : ids) refused += client.finish(id).status == 503 ? 1 : 0;
  EXPECT_EQ(refused, 1);
  while (server_->counters().content_bytes > 0) std::this_thread::yield();
}

TEST_F(Http2SessionTest, HeadsThatAreRefused) {
  start();
  Http2Client client(address());
  const Http2Fields usual{
      {":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h"}};
  const auto with = [&](Http2Fields more) {
    Http2Fields all = usual;
    all.insert(all.end(), more.begin(), more.end());
    return all;
  };
  const auto instead = [&](const char* name, const char* value) {
    Http2Fields all = usual;
    std::ranges::find(all, name, &std::pair<std::string, std::string>::first)->second = value;
    return all;
  };
  Http2Fields many = usual;
  for (int i = 0; i < 101; ++i) many.emplace_back(fmt::format("x-{}", i), "1");
  for (const auto& [fields, status] : std::initializer_list<std::pair<Http2Fields, int>>{
           {usual, 200},
           {with({{"te", "trailers"}, {"host", "H"}}), 200},
           {with({{"host", "other"}}), 400},
           {instead(":path", "/a#b"), 400},
           {instead(":method", "BREW"), 200},
           {with({{"x-large", std::string(33'000, 'x')}}), 431},
           {many, 431},
           {with({{"expect", "200-ok"}}), 417},
           // Malformed: reset.
           {with({{"connection", "close"}}), 0},
           {with({{"transfer-encoding", "chunked"}}), 0},
           {with({{"te", "gzip"}}), 0},
           {with({{"upper-Case", "x"}}), 0},
           {with({{"x-bad", "a\nb"}}), 0},
           {with({{"x-bad", " blank"}}), 0},
           {with({{":path", "/twice"}}), 0},
           {with({{":unknown", "x"}}), 0},
           {instead(":path", ""), 0},
       }) {
    const Http2Answer& answer = client.finish(client.send_fields(fields, std::nullopt));
    EXPECT_EQ(answer.status, status)
        << fields.back().first << ": " << fields.back().second.substr(0, 20);
    EXPECT_EQ(answer.error, status == 0 ? NGHTTP2_PROTOCOL_ERROR : NGHTTP2_NO_ERROR)
        << fields.back().first;
    if (status >= 400) {
      EXPECT_THAT(answer.header, HasSubstr("application/problem+json"));
      EXPECT_THAT(answer.body, HasSubstr(fmt::format("\"status\":{}", status)));
    }
  }
}

TEST_F(Http2SessionTest, ContentThatContradictsItsLengthIsReset) {
  start();
  Http2Client client(address());
  for (const char* length : {"2", "4"}) {
    const std::int32_t id = client.send("POST", "/echo", {{"content-length", length}}, "abc");
    EXPECT_EQ(client.finish(id).error, NGHTTP2_PROTOCOL_ERROR) << length;
  }
  while (handler_.running > 0) std::this_thread::yield();
}

TEST_F(Http2SessionTest, HandlersSeeFieldsAsWithHttp1) {
  start();
  Http2Client client(address());
  const Http2Fields fields{{"cookie", "a=1"}, {"x-one", "1"}, {"cookie", "b=2"}, {"x-one", "2"}};
  EXPECT_EQ(client.finish(client.send("GET", "/fields", fields, std::nullopt)).body,
            "host: h\nx-one: 1\nx-one: 2\ncookie: a=1; b=2\n");
  const std::int32_t named = client.send("GET", "/", {{"x-request-id", "mine"}}, std::nullopt);
  EXPECT_THAT(client.finish(named).header, HasSubstr("x-request-id: mine\n"));
  const std::int32_t by_host = client.send_fields(
      {{":method", "GET"}, {":scheme", "http"}, {":path", "/x"}, {"host", "other"}}, std::nullopt);
  EXPECT_EQ(client.finish(by_host).body, "GET /x other");
}

TEST_F(Http2SessionTest, TheContentOfAStreamThatIsResetEnds) {
  start();
  Http2Client client(address());
  const Http2Fields post{
      {":method", "POST"}, {":scheme", "http"}, {":path", "/stream"}, {":authority", "h"}};
  for (int i = 0; i < 3; ++i) {
    const std::int32_t id = client.send_fields(post, "some", false);
    while (handler_.running == 0) std::this_thread::yield();
    client.reset(id, NGHTTP2_CANCEL);
    while (handler_.content_closed <= i) std::this_thread::yield();
    while (handler_.running > 0) std::this_thread::yield();
  }
  EXPECT_EQ(client.finish(client.get("/")).status, 200);
}

TEST_F(Http2SessionTest, TellsItsObserverOfEachAnswer) {
  start();
  {
    Http2Client client(address());
    for (const char* path : {"/a", "/parts", "/broken", "/file"}) client.finish(client.get(path));
    client.finish(client.send("HEAD", "/b", {}, std::nullopt));
    const std::int32_t gone = client.get("/wait");
    handler_.arrived.acquire();
    client.reset(gone, NGHTTP2_CANCEL);
    EXPECT_EQ(client.finish(client.get("/c")).status, 200);
    handler_.go_on = true;
    while (handler_.running > 0) std::this_thread::yield();
  }
  server_.reset();
  EXPECT_THAT(answers_.lines(),
              ElementsAre("GET /a 200 8", "GET /parts 200 100006", "GET /broken 200 100006 broken",
                          "GET /file 200 999990", "HEAD /b 200 0", "GET /c 200 8",
                          "GET /wait 200 0 broken"));
}

TEST_F(Http2SessionTest, AConnectionEndsAfterSoManyRequests) {
  options_.limits.max_requests_per_connection = 3;
  start();
  Http2Client client(address());
  for (int i = 0; i < 3; ++i) EXPECT_EQ(client.finish(client.get("/")).status, 200);
  client.read_until_closed();
  EXPECT_THAT(client.goaways(), ElementsAre(std::pair(0x7fffffff, 0U), std::pair(5, 0U)));
}

TEST_F(Http2SessionTest, StoppingLetsRequestsFinish) {
  start();
  Http2Client idle(address());
  EXPECT_EQ(idle.finish(idle.get("/")).status, 200);
  Http2Client busy(address());
  const std::int32_t waiting = busy.get("/wait");
  handler_.arrived.acquire();
  std::jthread stopping([&] { EXPECT_EQ(server_->stop(1min), 0U); });
  idle.read_until_closed();
  EXPECT_THAT(idle.goaways(), ElementsAre(std::pair(0x7fffffff, 0U), std::pair(1, 0U)));
  // Still served, because it was sent before the client could know.
  while (busy.goaways().empty()) ASSERT_TRUE(busy.exchange());
  handler_.go_on = true;
  EXPECT_EQ(busy.finish(waiting).body, "waited");
  busy.read_until_closed();
  EXPECT_EQ(busy.goaways().size(), 2U);
  EXPECT_EQ(busy.goaways().back(), std::pair(1, 0U));
}

TEST_F(Http2SessionTest, WhatDoesNotFinishInTimeIsCutOff) {
  start();
  Http2Client client(address());
  client.send_fields(
      {{":method", "POST"}, {":scheme", "http"}, {":path", "/echo"}, {":authority", "h"}}, "ab",
      false);
  while (handler_.running == 0) std::this_thread::yield();
  EXPECT_EQ(server_->stop(10ms), 1U);
  client.read_until_closed();
  EXPECT_EQ(handler_.content_closed, 1);
}

TEST_F(Http2SessionTest, ThePrefaceIsRecognisedHoweverItComes) {
  start();
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  const std::string settings = testing::http2_frame(NGHTTP2_SETTINGS, 0, 0, "");
  for (const std::size_t piece : {1UL, 5UL, 18UL, 100UL}) {
    testing::HttpClient client(address());
    const std::string all = preface + settings;
    for (std::size_t at = 0; at < all.size(); at += piece) client.send(all.substr(at, piece));
    client.end_sending();
    const std::string answer = client.read_until_closed();
    ASSERT_GT(answer.size(), 9U);
    EXPECT_EQ(answer[3], NGHTTP2_SETTINGS) << piece;
  }
  testing::HttpClient bad(address());
  bad.send("PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n" + settings);
  EXPECT_THAT(bad.read_until_closed(), HasSubstr(std::string("\0\0\0\x01", 4))) << "PROTOCOL_ERROR";
  testing::HttpClient late(address());
  late.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n" + preface);
  EXPECT_EQ(late.read()->status, 200);
  EXPECT_EQ(late.read()->status, 505) << "only at the beginning of a connection";
}

}  // namespace
}  // namespace hermes::http

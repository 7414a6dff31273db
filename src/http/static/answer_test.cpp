#include "http/static/answer.hpp"

#include "http/static/testing/static_site.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>

namespace hermes::http {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

// 1 700 000 001 s, the time of the first file that a StaticSite writes.
constexpr std::string_view kWritten = "Tue, 14 Nov 2023 22:13:21 GMT";
constexpr std::string_view kBefore = "Tue, 14 Nov 2023 22:13:20 GMT";
// SHA-256 of "hello".
constexpr std::string_view kTag = R"("2cf24dba5fb0a30e26e83b2ac5b9e29e")";

class AnswerTest : public testing::Test {
 protected:
  StaticAnswer get(StaticRequest request) {
    if (request.method.empty()) request.method = "GET";
    auto first = answer(site_.directory(), request);
    if (auto* const later = std::get_if<AnswerLater>(&first))
      return read_and_answer(site_.directory(), request, *later);
    return std::get<StaticAnswer>(std::move(first));
  }
  static std::string body(const StaticAnswer& answer) {
    if (const auto* const memory = std::get_if<MemoryBody>(&answer.body))
      return std::string(memory->bytes);
    const auto* const file = std::get_if<FileBody>(&answer.body);
    if (file == nullptr) return {};
    std::string text(file->length, '\0');
    EXPECT_EQ(::pread(file->file->descriptor(), text.data(), text.size(),
                      static_cast<off_t>(file->offset)),
              static_cast<ssize_t>(text.size()));
    return text;
  }
  static std::string_view field(const StaticAnswer& answer, std::string_view name) {
    return answer.headers->value_of(name);
  }

  StaticSite site_;
};

TEST_F(AnswerTest, GetAndHead) {
  site_.write("a.txt", "hello");
  const StaticAnswer got = get({.path = "/a.txt"});
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(body(got), "hello");
  EXPECT_EQ(field(got, "etag"), kTag);
  EXPECT_EQ(field(got, "last-modified"), kWritten);
  EXPECT_EQ(field(got, "content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(field(got, "content-length"), "5");
  const StaticAnswer head = get({.method = "HEAD", .path = "/a.txt"});
  EXPECT_EQ(head.status, 200);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(head.body));
  EXPECT_EQ(head.headers->text(), got.headers->text());
}

TEST_F(AnswerTest, AFileInMemoryIsAnsweredWithoutBuildingAnything) {
  site_.write("a.txt", "hello");
  const StaticAnswer first = get({.path = "/a.txt"});
  const auto second = answer(site_.directory(), {.method = "GET", .path = "/a.txt"});
  ASSERT_TRUE(std::holds_alternative<StaticAnswer>(second));
  EXPECT_EQ(std::get<StaticAnswer>(second).headers, first.headers);
  EXPECT_EQ(std::get<MemoryBody>(std::get<StaticAnswer>(second).body).bytes.data(),
            std::get<MemoryBody>(first.body).bytes.data());
}

TEST_F(AnswerTest, WhatWasAnsweredStaysAsItIs) {
  site_.write("a.txt", "hello");
  const StaticAnswer first = get({.path = "/a.txt"});
  site_.write("a.txt", "other!");
  EXPECT_EQ(body(get({.path = "/a.txt"})), "other!");
  EXPECT_EQ(body(first), "hello");
  EXPECT_EQ(field(first, "content-length"), "5");
}

TEST_F(AnswerTest, Conditions) {
  site_.write("a.txt", "hello");
  struct Case {
    Conditions conditions;
    std::uint16_t status;
  };
  const Case cases[] = {
      {{.if_none_match = kTag}, 304},        {{.if_none_match = "*"}, 304},
      {{.if_none_match = R"("x")"}, 200},    {{.if_modified_since = kWritten}, 304},
      {{.if_modified_since = kBefore}, 200}, {{.if_match = kTag}, 200},
      {{.if_match = R"("x")"}, 412},         {{.if_unmodified_since = kBefore}, 412},
  };
  for (const bool in_memory : {true, false}) {
    site_.serve({.max_file_bytes_in_memory = in_memory ? 1000U : 0U});
    for (const auto& [conditions, status] : cases) {
      for (const std::string_view method : {"GET", "HEAD"}) {
        const StaticAnswer got =
            get({.method = method, .path = "/a.txt", .conditions = conditions});
        EXPECT_EQ(got.status, status);
        EXPECT_EQ(body(got), status == 200 && method == "GET" ? "hello" : "");
        EXPECT_EQ(got.reason.empty(), status < 400);
        if (status == 304) {
          EXPECT_EQ(field(got, "etag"), kTag);
          EXPECT_EQ(field(got, "content-length"), "");
        }
      }
    }
  }
}

TEST_F(AnswerTest, Ranges) {
  site_.write("a.txt", "hello");
  struct Case {
    std::string_view range;
    std::string_view if_range;
    std::uint16_t status;
    std::string_view body;
    std::string_view content_range;
  };
  const Case cases[] = {
      {"bytes=1-3", "", 206, "ell", "bytes 1-3/5"},
      {"bytes=0-", "", 206, "hello", "bytes 0-4/5"},
      {"bytes=-2", "", 206, "lo", "bytes 3-4/5"},
      {"bytes=5-", "", 416, "", "bytes */5"},
      {"bytes=0-1,3-4", "", 200, "hello", ""},
      {"lines=0-1", "", 200, "hello", ""},
      {"bytes=1-3", kTag, 206, "ell", "bytes 1-3/5"},
      {"bytes=1-3", kWritten, 206, "ell", "bytes 1-3/5"},
      {"bytes=1-3", kBefore, 200, "hello", ""},
      {"bytes=1-3", R"("x")", 200, "hello", ""},
      {"bytes=5-", R"("x")", 200, "hello", ""},
  };
  for (const bool in_memory : {true, false}) {
    site_.serve({.max_file_bytes_in_memory = in_memory ? 1000U : 0U});
    for (const auto& [range, if_range, status, expected, content_range] : cases) {
      const StaticAnswer got =
          get({.path = "/a.txt", .conditions = {.if_range = if_range}, .range = range});
      EXPECT_EQ(got.status, status) << range;
      EXPECT_EQ(body(got), expected) << range;
      EXPECT_EQ(field(got, "content-range"), content_range) << range;
      if (status == 206) {
        EXPECT_EQ(field(got, "content-length"), std::to_string(expected.size())) << range;
        EXPECT_EQ(field(got, "etag"), kTag);
        EXPECT_EQ(got.headers->fields().size(), 9U) << "one length, one range";
      }
    }
    const StaticAnswer head = get({.method = "HEAD", .path = "/a.txt", .range = "bytes=1-3"});
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(field(head, "content-length"), "5");
  }
}

TEST_F(AnswerTest, VariantsHaveTheirOwnTag) {
  site_.write("a.js", "plain");
  site_.write("a.js.gz", "packed");
  const StaticAnswer packed = get({.path = "/a.js", .accept_encoding = "gzip"});
  EXPECT_EQ(body(packed), "packed");
  EXPECT_EQ(field(packed, "content-encoding"), "gzip");
  EXPECT_EQ(field(packed, "vary"), "accept-encoding");
  const StaticAnswer plain = get({.path = "/a.js"});
  EXPECT_EQ(field(plain, "content-encoding"), "");
  EXPECT_EQ(field(plain, "vary"), "accept-encoding");
  const StaticAnswer stale = get({.path = "/a.js",
                                  .conditions = {.if_none_match = field(plain, "etag")},
                                  .accept_encoding = "gzip"});
  EXPECT_EQ(stale.status, 200);
}

TEST_F(AnswerTest, ASlashIsAddedWithARelativeReference) {
  site_.write("index.html", "root");
  site_.write("a b/c:d\xc3\xa9/index.html", "guide");
  const StaticAnswer moved = get({.path = "/a%20b/c:d%C3%A9", .query = "x=1&y"});
  EXPECT_EQ(moved.status, 308);
  EXPECT_EQ(field(moved, "location"), "./c%3Ad%C3%A9/?x=1&y");
  EXPECT_EQ(field(moved, "content-length"), "0");
  EXPECT_EQ(body(get({.path = "/a%20b/c:d%C3%A9/"})), "guide");
  EXPECT_EQ(field(get({.path = "/a%20b/c:d%C3%A9", .query = "a\r\nb: c"}), "location"),
            "./c%3Ad%C3%A9/");
}

TEST_F(AnswerTest, OnlyGetAndHead) {
  site_.write("a.txt", "hello");
  for (const std::string_view method : {"POST", "PUT", "DELETE", "OPTIONS", "TRACE", "get", "X"}) {
    const StaticAnswer got = get({.method = method, .path = "/a.txt"});
    EXPECT_EQ(got.status, 405) << method;
    EXPECT_EQ(field(got, "allow"), "GET, HEAD");
    EXPECT_FALSE(got.reason.empty());
  }
}

TEST_F(AnswerTest, WhatIsNotServedSaysWhy) {
  EXPECT_EQ(get({.path = "/none.txt"}).status, 404);
  EXPECT_EQ(get({.path = "/.env"}).status, 404);
  EXPECT_EQ(get({.path = "/.env"}).reason, get({.path = "/none.txt"}).reason);
  const StaticAnswer refused = get({.path = "/../a.txt"});
  EXPECT_EQ(refused.status, 400);
  EXPECT_NE(refused.reason.find(".."), std::string::npos);
  EXPECT_EQ(field(refused, "x-content-type-options"), "nosniff");
  // Conditions are for files that there are (RFC 9110, section 13.2.1).
  EXPECT_EQ(get({.path = "/none.txt", .conditions = {.if_none_match = "*"}}).status, 404);
}

TEST_F(AnswerTest, AnEmptyFile) {
  site_.write("empty.txt", "");
  EXPECT_EQ(get({.path = "/empty.txt"}).status, 200);
  EXPECT_TRUE(std::holds_alternative<std::monostate>(get({.path = "/empty.txt"}).body));
  EXPECT_EQ(get({.path = "/empty.txt", .range = "bytes=0-"}).status, 416);
}

TEST_F(AnswerTest, AFileThatVanishesBeforeItIsReadIsNotThere) {
  site_.write("a.txt", "hello");
  const StaticRequest request{.method = "GET", .path = "/a.txt"};
  const auto first = answer(site_.directory(), request);
  ASSERT_TRUE(std::holds_alternative<AnswerLater>(first));
  fs::remove(site_.path("a.txt"));
  EXPECT_EQ(read_and_answer(site_.directory(), request, std::get<AnswerLater>(first)).status, 404);
}

TEST_F(AnswerTest, AFileThatMayNotBeReadIsTheServersFault) {
  if (::geteuid() == 0) GTEST_SKIP() << "the superuser may read everything";
  site_.write("a.txt", "hello");
  fs::permissions(site_.path("a.txt"), fs::perms::none);
  const StaticAnswer got = get({.path = "/a.txt"});
  EXPECT_EQ(got.status, 500);
  EXPECT_NE(got.reason.find("a.txt"), std::string::npos) << got.reason;
}

}  // namespace
}  // namespace hermes::http

#include "http/http2_head.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace hermes::http {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;

Http2Head head_of(const Limits& limits, const Fields& fields) {
  Http2Head head(limits);
  for (const auto& [name, value] : fields) head.add(name, value);
  return head;
}

std::string text(std::span<const Field> fields) {
  std::string all;
  for (const Field& each : fields) {
    all += each.name;
    all += '=';
    all += each.value;
    all += '|';
  }
  return all;
}

TEST(Http2Head, IsReadAsARequest) {
  const Limits limits;
  Http2Head head = head_of(limits, {{":method", "PUT"},
                                    {":scheme", "https"},
                                    {":path", "/a?b"},
                                    {":authority", "h:1"},
                                    {"cookie", "a=1"},
                                    {"content-length", "12"},
                                    {"cookie", "b=2"},
                                    {"expect", "100-Continue"}});
  EXPECT_FALSE(head.finish());
  EXPECT_EQ(head.method(), "PUT");
  EXPECT_EQ(head.path(), "/a?b");
  EXPECT_EQ(head.authority(), "h:1");
  EXPECT_EQ(head.content_length(), 12U);
  EXPECT_TRUE(head.expects_continue());
  EXPECT_EQ(text(head.fields()), "host=h:1|content-length=12|expect=100-Continue|cookie=a=1; b=2|");
}

TEST(Http2Head, RefusesWhatTheDecoderLeavesOpen) {
  Limits limits;
  limits.max_header_bytes = 1024;
  limits.max_header_fields = 4;
  limits.max_body_bytes = 100;
  const Fields usual{{":method", "GET"}, {":scheme", "http"}, {":path", "/"}, {":authority", "h"}};
  for (const auto& [more, status] : std::initializer_list<std::pair<Fields, unsigned>>{
           {{}, 0},
           {{{"host", "H"}}, 0},
           {{{"host", "g"}}, 400},
           {{{"host", "h"}, {"host", "h"}}, 400},
           {{{"content-length", "100"}}, 0},
           {{{"content-length", "101"}}, 413},
           {{{"content-length", "1x"}}, 400},
           {{{"expect", "tea"}}, 417},
           {{{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}}, 0},
           {{{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}, {"e", "1"}}, 431},
           {{{"a", std::string(700, 'x')}}, 0},
           {{{"a", std::string(1000, 'x')}}, 431},
           {{{"cookie", std::string(500, 'x')}, {"cookie", std::string(500, 'x')}}, 431},
       }) {
    Fields all = usual;
    all.insert(all.end(), more.begin(), more.end());
    const auto refusal = head_of(limits, all).finish();
    EXPECT_EQ(refusal ? refusal->status : 0, status)
        << (more.empty() ? "" : more.back().first + more.back().second.substr(0, 10));
  }
}

TEST(Http2Head, TakesPathsOnly) {
  const Limits limits;
  for (const auto& [method, path, status] :
       std::initializer_list<std::tuple<const char*, const char*, unsigned>>{
           {"GET", "/", 0},
           {"OPTIONS", "*", 0},
           {"GET", "*", 400},
           {"GET", "x", 400},
           {"GET", "http://h/", 400},
           {"GET", "/a b", 400},
           {"GET", "/a#b", 400},
           {"GET", "/\x80", 400},
           {"CONNECT", "", 501},
       }) {
    const auto refusal =
        head_of(limits, {{":method", method}, {":path", path}, {":authority", "h"}}).finish();
    EXPECT_EQ(refusal ? refusal->status : 0, status) << method << " " << path;
  }
}

TEST(Http2Head, CountsTrailersOnceTheyAreTooMany) {
  Limits limits;
  limits.max_header_fields = 2;
  Http2Head head = head_of(limits, {{":method", "GET"}, {"a", "1"}});
  EXPECT_TRUE(head.add_trailer("b", "1"));
  EXPECT_FALSE(head.add_trailer("c", "1"));
  EXPECT_TRUE(head.add_trailer("d", "1"));
}

}  // namespace
}  // namespace hermes::http

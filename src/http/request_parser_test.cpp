// Cases of RFC 9112, as data: what is taken and what it means, what is refused and with which
// status. Every case is parsed whole and byte by byte.
#include "http/request_parser.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hermes::http {
namespace {

struct Parsed {
  RequestParser::State state = RequestParser::State::kHead;
  unsigned status = 0;
  std::string method;
  std::string target;
  std::string fields;
  std::string content;
  std::string trailers;
  bool keep_alive = false;
  bool expects_continue = false;
  std::size_t taken = 0;
};

/// Gives `text` in pieces of `step` bytes.
Parsed parse(std::string text, std::size_t step, const Limits& limits) {
  RequestParser parser(limits);
  Parsed result;
  std::size_t used = 0;
  for (std::size_t there = std::min(step, text.size());;
       there = std::min(there + step, text.size())) {
    for (;;) {
      const std::size_t before = used;
      const std::span<char> bytes = std::span(text).subspan(used, there - used);
      if (bytes.empty()) break;
      if (parser.state() == RequestParser::State::kHead) {
        used += parser.parse_head(bytes);
        if (parser.state() == RequestParser::State::kContent ||
            parser.state() == RequestParser::State::kDone) {
          const RequestHead& head = parser.head();
          result.method = head.method;
          result.target = head.target;
          result.keep_alive = head.keep_alive;
          result.expects_continue = head.expects_continue;
          for (const Field& each : head.fields) {
            result.fields += fmt::format("{}={};", each.name, each.value);
          }
        }
      } else if (parser.state() == RequestParser::State::kContent && parser.head().chunked) {
        std::string_view content;
        used += parser.parse_content(bytes, content);
        result.content += content;
      }
      if (used == before) break;
    }
    if (there == text.size()) break;
  }
  result.state = parser.state();
  result.taken = used;
  if (result.state == RequestParser::State::kRefused) {
    result.status = parser.refusal().status;
    EXPECT_FALSE(parser.refusal().detail.empty());
  }
  for (const auto& [name, value] : parser.trailers()) {
    result.trailers += fmt::format("{}={};", name, value);
  }
  return result;
}

struct Case {
  const char* what;
  std::string text;
  std::string expected;
};

/// "GET /path name=value; content" or the status.
std::string summary(const Parsed& parsed) {
  using State = RequestParser::State;
  if (parsed.state == State::kRefused) return std::to_string(parsed.status);
  if (parsed.state == State::kHead) return "more";
  std::string text = parsed.method + " " + parsed.target + " " + parsed.fields;
  if (!parsed.content.empty()) text += " [" + parsed.content + "]";
  if (!parsed.trailers.empty()) text += " +" + parsed.trailers;
  if (!parsed.keep_alive) text += " close";
  if (parsed.expects_continue) text += " continue";
  if (parsed.state == State::kContent) text += " ...";
  return text;
}

void expect(const std::vector<Case>& cases) {
  const Limits limits;
  for (const Case& each : cases) {
    EXPECT_EQ(summary(parse(each.text, each.text.size(), limits)), each.expected) << each.what;
    EXPECT_EQ(summary(parse(each.text, 1, limits)), each.expected) << each.what << ", byte by byte";
  }
}

const std::string kPost = "POST / HTTP/1.1\r\nHost: a\r\n";

TEST(RequestParser, TakesRequests) {
  expect({
      {"the least", "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET / host=a;"},
      {"names get lower case, values stay", "GET / HTTP/1.1\r\nHOST: A\r\nX-Y: Zz\r\n\r\n",
       "GET / host=A;x-y=Zz;"},
      {"blanks around a value", "GET / HTTP/1.1\r\nHost:a\r\nX: \t b  c \t\r\nY:\r\n\r\n",
       "GET / host=a;x=b  c;y=;"},
      {"repeated fields stay apart", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nx: 2\r\n\r\n",
       "GET / host=a;x=1;x=2;"},
      {"bytes above ASCII in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \xff\xc3\xa4\r\n\r\n",
       "GET / host=a;x=\xff\xc3\xa4;"},
      {"any token is a method", "M-SEARCH!# /x HTTP/1.1\r\nHost: a\r\n\r\n",
       "M-SEARCH!# /x host=a;"},
      {"absolute form", "GET http://b/c?d HTTP/1.1\r\nHost: a\r\n\r\n", "GET http://b/c?d host=a;"},
      {"asterisk form", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS * host=a;"},
      {"an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET / host=;"},
      {"1.0 without Host", "GET / HTTP/1.0\r\n\r\n", "GET /  close"},
      {"1.0 that stays open", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
       "GET / connection=keep-alive;"},
      {"1.1 that closes", "GET / HTTP/1.1\r\nHost: a\r\nConnection: x, Close\r\n\r\n",
       "GET / host=a;connection=x, Close; close"},
      {"content of a known length", kPost + "Content-Length: 3\r\n\r\nabc",
       "POST / host=a;content-length=3; ..."},
      {"no content after all", kPost + "Content-Length: 0\r\n\r\n",
       "POST / host=a;content-length=0;"},
      {"waits for 100", kPost + "Content-Length: 3\r\nExpect: 100-Continue\r\n\r\n",
       "POST / host=a;content-length=3;expect=100-Continue; continue ..."},
      {"nothing to wait for", "GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n",
       "GET / host=a;expect=100-continue;"},
      {"not yet a line", "GET / HT", "more"},
      {"not yet all fields", "GET / HTTP/1.1\r\nHost: a\r\n", "more"},
  });
}

TEST(RequestParser, TakesChunks) {
  const std::string head = kPost + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string fields = "POST / host=a;transfer-encoding=chunked;";
  expect({
      {"chunks", head + "3\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n", fields + " [abc0123456789]"},
      {"no chunks", head + "0\r\n\r\n", fields},
      {"digits of both cases", head + "0a\r\n0123456789\r\n00\r\n\r\n", fields + " [0123456789]"},
      {"extensions", head + "1;a;b=c;d=\"e;\\\"\"\r\nx\r\n0;z\r\n\r\n", fields + " [x]"},
      {"trailers", head + "1\r\nx\r\n0\r\nX-Sum: 1\r\nB: \r\n\r\n", fields + " [x] +x-sum=1;b=;"},
      {"not yet all", head + "5\r\nabc", fields + " [abc] ..."},
      {"the coding in any case", kPost + "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
       "POST / host=a;transfer-encoding=Chunked;"},
      {"no digits", head + "\r\n", "400"},
      {"not digits", head + "x\r\n", "400"},
      {"a sign", head + "+1\r\nx\r\n", "400"},
      {"a prefix", head + "0x1\r\nx\r\n\r\n", "400"},
      {"a size beyond 64 bits", head + "11111111111111111\r\n", "400"},
      {"more than there may be", head + "ffffffff\r\n", "413"},
      {"no end of line after a chunk", head + "1\r\nxyz0\r\n\r\n", "400"},
      {"a bare LF after the size", head + "1\nx\r\n", "400"},
      {"a trailer that is none", head + "0\r\nno colon\r\n\r\n", "400"},
  });
}

TEST(RequestParser, RefusesWhatCouldBeReadInTwoWays) {
  expect({
      {"length and coding", kPost + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
       "400"},
      {"coding and length", kPost + "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n",
       "400"},
      {"two lengths", kPost + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", "400"},
      {"two equal lengths", kPost + "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", "400"},
      {"a list of lengths", kPost + "Content-Length: 3, 3\r\n\r\n", "400"},
      {"a signed length", kPost + "Content-Length: +3\r\n\r\n", "400"},
      {"a negative length", kPost + "Content-Length: -3\r\n\r\n", "400"},
      {"a hexadecimal length", kPost + "Content-Length: 0x3\r\n\r\n", "400"},
      {"a length with a fraction", kPost + "Content-Length: 3.0\r\n\r\n", "400"},
      {"no length", kPost + "Content-Length:\r\n\r\n", "400"},
      {"a length beyond 64 bits", kPost + "Content-Length: 18446744073709551616\r\n\r\n", "400"},
      {"two codings", kPost + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
       "400"},
      {"chunked twice", kPost + "Transfer-Encoding: chunked, chunked\r\n\r\n", "501"},
      {"another coding", kPost + "Transfer-Encoding: gzip\r\n\r\n", "501"},
      {"another coding before", kPost + "Transfer-Encoding: gzip, chunked\r\n\r\n", "501"},
      {"identity", kPost + "Transfer-Encoding: identity\r\n\r\n", "501"},
      {"almost chunked", kPost + "Transfer-Encoding: xchunked\r\n\r\n", "501"},
      {"chunked with a tab in it", kPost + "Transfer-Encoding: chun\tked\r\n\r\n", "501"},
      {"coding with 1.0", "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
       "400"},
      {"no Host", "GET / HTTP/1.1\r\n\r\n", "400"},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "400"},
      {"a folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n", "400"},
      {"a folded Host", "GET / HTTP/1.1\r\nHost:\r\n a\r\n\r\n", "400"},
      {"a blank before the colon", "GET / HTTP/1.1\r\nHost : a\r\n\r\n", "400"},
      {"a blank before the first field", "GET / HTTP/1.1\r\n Host: a\r\n\r\n", "400"},
      {"bare LF", "GET / HTTP/1.1\nHost: a\n\n\r\n\r\n", "400"},
      {"bare LF between fields", "GET / HTTP/1.1\r\nHost: a\nX: 1\r\n\r\n", "400"},
      {"bare CR in a value", "GET / HTTP/1.1\r\nHost: a\rb\r\n\r\n", "400"},
      {"NUL in a value", std::string("GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n", 29), "400"},
      {"NUL in a name", std::string("GET / HTTP/1.1\r\nHo\0st: a\r\n\r\n", 28), "400"},
      {"no name", "GET / HTTP/1.1\r\n: a\r\n\r\n", "400"},
      {"no colon", "GET / HTTP/1.1\r\nHost a\r\n\r\n", "400"},
      {"letters above ASCII in a name", "GET / HTTP/1.1\r\nHost: a\r\n\xc3\xa4: 1\r\n\r\n", "400"},
  });
}

TEST(RequestParser, RefusesOtherThings) {
  expect({
      {"no version", "GET /\r\n\r\n", "400"},
      {"an old version", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", "505"},
      {"a later version", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", "505"},
      {"a version that is none", "GET / HTTP/x\r\nHost: a\r\n\r\n", "505"},
      {"HTTP/2 in the line", "GET / HTTP/2.0\r\nHost: a\r\n\r\n", "505"},
      {"another protocol", "GET / SIP/2.0\r\n\r\n", "505"},
      {"two blanks", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"a blank in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "505"},
      {"a method that is none", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"no slash", "GET x HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"a fragment", "GET /#x HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"a byte above ASCII in the target", "GET /\xc3\xa4 HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"an asterisk to GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "400"},
      {"a tunnel", "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "501"},
      {"another expectation", kPost + "Content-Length: 1\r\nExpect: x\r\n\r\n", "417"},
      {"too much content", kPost + "Content-Length: 99999999999\r\n\r\n", "413"},
      {"TLS to a port without",
       std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), "400"},
  });
}

TEST(RequestParser, LeavesWhatFollows) {
  const std::string first = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n";
  EXPECT_EQ(parse(first + "GET /2", 100, {}).taken, first.size());
  const std::string chunked =
      kPost + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n";
  EXPECT_EQ(parse(chunked + "GET /2", 100, {}).taken, chunked.size());
}

TEST(RequestParser, BoundsTheNumberOfFields) {
  Limits limits;
  limits.max_header_fields = 3;
  const std::string three = "GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\nY: 1\r\n";
  EXPECT_EQ(parse(three + "\r\n", 1000, limits).status, 0U);
  EXPECT_EQ(parse(three + "Z: 1\r\n\r\n", 1000, limits).status, 431U);
  EXPECT_EQ(parse(kPost + "Transfer-Encoding: chunked\r\n\r\n0\r\nA:1\r\nB:1\r\nC:1\r\nD:1\r\n\r\n",
                  1000, limits)
                .status,
            431U);
}

TEST(RequestParser, BoundsChunkExtensions) {
  Limits limits;
  limits.max_header_bytes = 1024;
  std::string text = kPost + "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 100; ++i) text += "1;" + std::string(20, 'x') + "\r\nx\r\n";
  EXPECT_EQ(parse(text, text.size(), limits).status, 400U);
}

TEST(RequestParser, BoundsAllChunksTogether) {
  Limits limits;
  limits.max_body_bytes = 10;
  const std::string head = kPost + "Transfer-Encoding: chunked\r\n\r\n";
  EXPECT_EQ(parse(head + "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", 1000, limits).content,
            "0123456789");
  EXPECT_EQ(parse(head + "5\r\n01234\r\n6\r\n56789a\r\n0\r\n\r\n", 1000, limits).status, 413U);
}

}  // namespace
}  // namespace hermes::http

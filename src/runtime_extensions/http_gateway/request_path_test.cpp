#include "runtime_extensions/http_gateway/request_path.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

TEST(RequestPath, HasOneCanonicalForm) {
  struct Case {
    std::string target;
    std::string canonical;
    std::string query;
  };
  for (const Case& each : std::vector<Case>{
           {"/", "/", ""},
           {"/?", "/", ""},
           {"/orders/7?a=/../b%2f", "/orders/7", "a=/../b%2f"},
           {"/%6frders", "/orders", ""},
           {"/a%20b%3Fc%23d", "/a b?c#d", ""},
           {"/gr%c3%b6%C3%9fe", "/größe", ""},
           {"/größe", "/größe", ""},
           // Once, and once only.
           {"/%2561dmin", "/%61dmin", ""},
           {"/%252e%252e/x", "/%2e%2e/x", ""},
           {"/a//b///c/", "/a/b/c/", ""},
           {"/a//", "/a/", ""},
           {"/a/...", "/a/...", ""},
           {"/.well-known/x", "/.well-known/x", ""},
           {"/a;b=c/d", "/a;b=c/d", ""},
           {"/a%3bb", "/a;b", ""},
       }) {
    const auto path = RequestPath::parse(each.target);
    ASSERT_TRUE(path) << each.target << ": " << describe(path.error());
    EXPECT_EQ(path->canonical(), each.canonical);
    EXPECT_EQ(path->query(), each.query);
    EXPECT_EQ(path->raw(), each.target.substr(0, each.target.find('?')));
  }
}

TEST(RequestPath, BorrowsWhatNeedsNoDecoding) {
  const std::string target = "/orders/7?x";
  const auto path = RequestPath::parse(target);
  ASSERT_TRUE(path);
  EXPECT_EQ(path->canonical().data(), target.data());
}

TEST(RequestPath, StaysRightWhenItIsMoved) {
  auto path = RequestPath::parse("/%61");
  ASSERT_TRUE(path);
  const RequestPath moved = std::move(*path);
  EXPECT_EQ(moved.canonical(), "/a");
}

TEST(RequestPath, RefusesWhatReadersUnderstandDifferently) {
  struct Case {
    std::string target;
    PathFault fault;
  };
  for (const Case& each : std::vector<Case>{
           {"", PathFault::kNotAbsolute},
           {"*", PathFault::kNotAbsolute},
           {"admin", PathFault::kNotAbsolute},
           {"%2fadmin", PathFault::kNotAbsolute},
           {"http://a/b", PathFault::kNotAbsolute},
           {"?/", PathFault::kNotAbsolute},
           {"/" + std::string(kMaxPathBytes, 'a'), PathFault::kTooLong},
           {"//admin", PathFault::kDoubleSlash},
           {"///", PathFault::kDoubleSlash},
           {"/%", PathFault::kEncoding},
           {"/%4", PathFault::kEncoding},
           {"/%g1", PathFault::kEncoding},
           {"/%-1", PathFault::kEncoding},
           {"/a%2", PathFault::kEncoding},
           {"/admin%2fx", PathFault::kEncodedSlash},
           {"/admin%2F", PathFault::kEncodedSlash},
           {"/..%2fadmin", PathFault::kEncodedSlash},
           {"/a\\b", PathFault::kCharacter},
           {"/a%5cb", PathFault::kCharacter},
           {"/%00", PathFault::kCharacter},
           {"/a%0ab", PathFault::kCharacter},
           {"/a%0d", PathFault::kCharacter},
           {"/a%7f", PathFault::kCharacter},
           {std::string("/a\0b", 4), PathFault::kCharacter},
           {"/a\tb", PathFault::kCharacter},
           {"/a#b", PathFault::kCharacter},
           {"/.", PathFault::kDotSegment},
           {"/..", PathFault::kDotSegment},
           {"/a/../b", PathFault::kDotSegment},
           {"/a/./b", PathFault::kDotSegment},
           {"/a/..", PathFault::kDotSegment},
           {"/a/%2e%2e/b", PathFault::kDotSegment},
           {"/a/.%2E", PathFault::kDotSegment},
           {"/a/..;x=1/b", PathFault::kDotSegment},
           {"/a/.;/b", PathFault::kDotSegment},
           {"/a/..%3b/b", PathFault::kDotSegment},
           {"/%ff", PathFault::kNotUtf8},
           {"/%c0%af", PathFault::kNotUtf8},
           {"/%c0%ae%c0%ae/x", PathFault::kNotUtf8},
           {"/%ed%a0%80", PathFault::kNotUtf8},
           {"/\xff", PathFault::kNotUtf8},
       }) {
    const auto path = RequestPath::parse(each.target);
    ASSERT_FALSE(path) << each.target.substr(0, 80) << " became " << path->canonical();
    EXPECT_EQ(describe(path.error()), describe(each.fault)) << each.target.substr(0, 80);
  }
}

TEST(RequestPath, PlainIsWithoutParametersAndTheLastSlash) {
  for (const auto& [target, plain] : std::vector<std::pair<std::string, std::string>>{
           {"/", "/"},
           {"/admin/", "/admin"},
           {"/admin;x", "/admin"},
           {"/admin;x/;y/z;", "/admin/z"},
           {"/;x/admin", "/admin"},
           {"/;", "/"},
           {"/a/b", "/a/b"},
       }) {
    const auto path = RequestPath::parse(target);
    ASSERT_TRUE(path) << target;
    EXPECT_EQ(path->plain(), plain) << target;
    EXPECT_EQ(path->has_decoration(), path->plain() != path->canonical()) << target;
  }
}

std::string encoded(std::string_view path) {
  std::string result;
  for (const char c : path) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(c);
    if (c == '/') {
      result += c;
    } else {
      ((result += '%') += kDigits[byte >> 4]) += kDigits[byte & 15];
    }
  }
  return result;
}

TEST(RequestPathProperty, EncodingChangesNothing) {
  const auto text =
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("/ab.;%?#\\ \n~\xc3\xa4")));
  EXPECT_TRUE(rc::check([&] {
    const std::string target = encoded("/" + *text);
    const auto read = RequestPath::parse(target);
    if (!read) return;
    RC_ASSERT(read->canonical().starts_with('/'));
    RC_ASSERT(read->canonical().find("//") == std::string_view::npos);
    const std::string again_target = encoded(read->canonical());
    const auto again = RequestPath::parse(again_target);
    RC_ASSERT(again.has_value());
    RC_ASSERT(again->canonical() == read->canonical());
  }));
}

}  // namespace
}  // namespace hermes::ext::http_gateway

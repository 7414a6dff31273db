#include "http/static/request_path.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace hermes::http {
namespace {

TEST(RequestPathTest, DecodesOnce) {
  struct Case {
    std::string_view raw;
    std::string_view relative;
    bool directory;
    std::string_view last;
  };
  constexpr Case kCases[] = {
      {"/", "", true, ""},
      {"/index.html", "index.html", false, "index.html"},
      {"/a/b/c.txt", "a/b/c.txt", false, "c.txt"},
      {"/a/", "a", true, "a"},
      {"/a/b/", "a/b", true, "b"},
      {"/with%20space", "with space", false, "with space"},
      {"/with+plus", "with+plus", false, "with+plus"},
      {"/%41%2d%5a", "A-Z", false, "A-Z"},
      {"/%C3%A9t%c3%a9", "\xc3\xa9t\xc3\xa9", false, "\xc3\xa9t\xc3\xa9"},
      {"/\xc3\xa9", "\xc3\xa9", false, "\xc3\xa9"},
      {"/100%25", "100%", false, "100%"},
      {"/%252e%252e", "%2e%2e", false, "%2e%2e"},
      {"/what%3f%23", "what?#", false, "what?#"},
      {"/a.b..c", "a.b..c", false, "a.b..c"},
      {"/a..", "a..", false, "a.."},
      {"/;v=1/x", ";v=1/x", false, "x"},
      {"/.well-known/acme", ".well-known/acme", false, "acme"},
      {"/%2ewell-known/", ".well-known", true, ".well-known"},
  };
  for (const auto& [raw, relative, directory, last] : kCases) {
    const auto path = RequestPath::parse(raw);
    ASSERT_TRUE(path) << raw << ": " << explain(path.error());
    EXPECT_EQ(path->relative(), relative) << raw;
    EXPECT_EQ(path->names_directory(), directory) << raw;
    EXPECT_EQ(path->last_segment(), last) << raw;
  }
}

TEST(RequestPathTest, Refuses) {
  struct Case {
    std::string_view raw;
    PathRefusal refusal;
  };
  using enum PathRefusal;
  constexpr Case kCases[] = {
      {"", kNotAbsolute},
      {"*", kNotAbsolute},
      {"a", kNotAbsolute},
      {"http://host/", kNotAbsolute},
      {"/a?b", kNotAPath},
      {"/a#b", kNotAPath},
      {"/%", kPercentEncoding},
      {"/%4", kPercentEncoding},
      {"/%4g", kPercentEncoding},
      {"/%+4", kPercentEncoding},
      {"/a%00", kControlCharacter},
      {"/a%0a", kControlCharacter},
      {"/a%7F", kControlCharacter},
      {"/a%c2%80", kControlCharacter},
      {"/a\x01", kControlCharacter},
      {"/a\\b", kBackslash},
      {"/a%5cb", kBackslash},
      {"/a%2fb", kEncodedSlash},
      {"/%2F", kEncodedSlash},
      {"/%ff", kNotUtf8},
      {"/%c0%ae", kNotUtf8},
      {"/%c3/%a9", kNotUtf8},
      {"/.", kDotSegment},
      {"/..", kDotSegment},
      {"/../", kDotSegment},
      {"/a/%2E./b", kDotSegment},
      {"//", kEmptySegment},
      {"//a", kEmptySegment},
      {"/a//", kEmptySegment},
      {"/a//b", kEmptySegment},
      {"/.env", kHidden},
      {"/%2eenv", kHidden},
      {"/...", kHidden},
      {"/a/.git/b", kHidden},
      {"/a/.well-known", kHidden},
      {"/.well-known-not", kHidden},
  };
  for (const auto& [raw, refusal] : kCases) {
    const auto path = RequestPath::parse(raw);
    ASSERT_FALSE(path) << raw;
    EXPECT_EQ(path.error(), refusal) << raw << ": " << explain(path.error());
    EXPECT_FALSE(explain(path.error()).empty());
  }
}

TEST(RequestPathTest, Bounds) {
  const std::string segment(kMaxPathSegmentBytes, 'x');
  EXPECT_TRUE(RequestPath::parse("/" + segment));
  EXPECT_EQ(RequestPath::parse("/" + segment + "x").error(), PathRefusal::kSegmentTooLong);
  EXPECT_EQ(RequestPath::parse("/" + segment + "x/").error(), PathRefusal::kSegmentTooLong);
  std::string longest;
  while (longest.size() < kMaxRequestPathBytes) longest += "/a";
  EXPECT_TRUE(RequestPath::parse(longest));
  EXPECT_EQ(RequestPath::parse(longest + "b").error(), PathRefusal::kTooLong);
}

TEST(RequestPathTest, WhateverIsAcceptedStaysInside) {
  EXPECT_TRUE(rc::check([] {
    const auto parts = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "/", "/", ".", ".", "%2e", "%2E", "%2f", "%5c", "\\", "%25", "%", "a", "%61", "%00", "%c0",
        "%ae", "\xc0", "\xae", "..", "/..", "../", "%c3%a9", " ", ";", ":", "~", ".well-known"));
    std::string raw = "/";
    for (const std::string& part : parts) raw += part;
    const auto path = RequestPath::parse(raw);
    if (!path) return;
    const std::string& relative = path->relative();
    RC_ASSERT(is_utf8(relative));
    RC_ASSERT(relative.find('\\') == std::string::npos);
    RC_ASSERT(relative.find('\0') == std::string::npos);
    if (relative.empty()) return;
    std::size_t start = 0;
    for (;;) {
      const std::size_t end = std::min(relative.find('/', start), relative.size());
      const std::string segment = relative.substr(start, end - start);
      RC_ASSERT(!segment.empty());
      const bool hidden = segment.front() == '.' && (start != 0 || segment != ".well-known");
      RC_ASSERT(!hidden);
      if (end == relative.size()) break;
      start = end + 1;
    }
  }));
}

TEST(RequestPathTest, AnySegmentThatIsEncodedIsReadAsItWas) {
  EXPECT_TRUE(rc::check([] {
    const auto text = *rc::gen::container<std::string>(rc::gen::inRange<char>(' ', '~'));
    std::string raw = "/x";
    append_encoded_segment(raw, text);
    const auto path = RequestPath::parse(raw);
    const bool allowed = text.find('/') == std::string::npos &&
                         text.find('\\') == std::string::npos && text.size() < 255;
    RC_ASSERT(path.has_value() == allowed);
    if (allowed) RC_ASSERT(path->relative() == "x" + text);
  }));
}

}  // namespace
}  // namespace hermes::http

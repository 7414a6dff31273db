#include "runtime_extensions/http_gateway/path_pattern.hpp"

#include "base/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <re2/re2.h>

#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

TEST(PathPattern, MatchesWholePaths) {
  struct Case {
    std::string pattern;
    std::vector<std::string> fits;
    std::vector<std::string> fits_not;
  };
  for (const Case& each : std::vector<Case>{
           {"/orders", {"/orders"}, {"/orders/", "/orders/7", "/Orders", "/order", "/xorders", ""}},
           {"/orders/[0-9]+", {"/orders/7"}, {"/orders/", "/orders/x", "/orders/7/"}},
           {"/a\\.b", {"/a.b"}, {"/axb"}},
           {"/files/.*", {"/files/", "/files/a/b", "/files/a\nb"}, {"/files"}},
           {"/a|/b", {"/a", "/b"}, {"/a|/b", "/ab", "/"}},
           {"(?i)/admin", {"/admin", "/ADMIN"}, {"/admin/"}},
           {"^/a$", {"/a"}, {"/ab"}},
           {"/größe*", {"/größe", "/größ", "/größeee"}, {"/größex"}},
           {"/ü*", {"/", "/ü", "/üü"}, {"/\xc3"}},
           {"/ab?c", {"/abc", "/ac"}, {"/ab"}},
           {"/ab{2}", {"/abb"}, {"/ab", "/abbb"}},
           {"/\\Qa|b\\E", {"/a|b"}, {"/a", "b"}},
           {"/[|]x", {"/|x"}, {"/x"}},
           {"/[]|]x", {"/|x", "/]x"}, {"/x"}},
           {"/[[:alpha:]|]", {"/x", "/|"}, {"/1"}},
           {"/.", {"/ä"}, {"/\xff"}},
       }) {
    const auto pattern = PathPattern::compile(each.pattern);
    ASSERT_TRUE(pattern) << pattern.error().message;
    for (const std::string& path : each.fits) {
      EXPECT_TRUE(pattern->matches(path)) << each.pattern << " " << path;
    }
    for (const std::string& path : each.fits_not) {
      EXPECT_FALSE(pattern->matches(path)) << each.pattern << " " << path;
    }
  }
}

TEST(PathPattern, KnowsWhatEveryMatchBeginsWith) {
  struct Case {
    std::string pattern;
    std::string start;
    bool is_fixed = false;
  };
  for (const Case& each : std::vector<Case>{
           {"/orders", "/orders", true},
           {"/v1\\.0/x", "/v1.0/x", true},
           {"/orders/[0-9]+", "/orders/"},
           {"/orders/(new|old)", "/orders/"},
           {"/orders?", "/order"},
           {"/ordersx*", "/orders"},
           {"/ordersx{0}", "/orders"},
           {"/a\\.?b", "/a"},
           {"/a|/b", ""},
           {"/a[|]b", "/a"},
           {"/a(b|c)", "/a"},
           {"/\\d", "/"},
           {"/\\Qa\\E", "/"},
           {"/ü+", "/"},
           {"/öü+", "/ö"},
           {".*", ""},
           {"(?i)/admin", ""},
           {"/a$", "/a"},
       }) {
    const auto pattern = PathPattern::compile(each.pattern);
    ASSERT_TRUE(pattern) << pattern.error().message;
    EXPECT_EQ(pattern->literal_start(), each.start) << each.pattern;
    EXPECT_EQ(pattern->is_fixed(), each.is_fixed) << each.pattern;
  }
}

TEST(PathPattern, SaysWhereAndWhatIsWrong) {
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"", "a path pattern must not be empty; /.* matches every path"},
           {"/" + std::string(kMaxPatternBytes, 'a'),
            "a path pattern may have 512 bytes, this one has 513"},
           {"orders", "path pattern \"orders\", column 1: paths begin with a slash; write /orders"},
           {"/\xff", "path pattern \"/\\xff\" is not UTF-8"},
           {"/a\n", "path pattern \"/a\\n\", column 3: a path has no control characters"},
           {"/files/*",
            "path pattern \"/files/*\", column 7: /* repeats the slash; for anything below, write "
            "/.*"},
           {"/+",
            "path pattern \"/+\", column 1: /+ repeats the slash; for anything below, write "
            "/.*"},
           {"/a(b", "path pattern \"/a(b\", column 3: missing ): /a(b"},
           {"/(a)(b(c)", "path pattern \"/(a)(b(c)\", column 5: missing ): /(a)(b(c)"},
           {"/a[b", "path pattern \"/a[b\", column 3: missing ]: [b"},
           {"/a\\8", "path pattern \"/a\\8\", column 3: invalid escape sequence: \\8"},
           {"/a[z-a]", "path pattern \"/a[z-a]\", column 4: invalid character class range: z-a"},
           {"/a**", "path pattern \"/a**\", column 3: bad repetition operator: **"},
           {"/a{2,1}", "path pattern \"/a{2,1}\", column 3: invalid repetition size: {2,1}"},
           {"/(?=a)", "path pattern \"/(?=a)\", column 2: invalid perl operator: (?="},
           {"/(a)\\1", "path pattern \"/(a)\\1\", column 5: invalid escape sequence: \\1"},
           {"/.{200}", "path pattern \"/.{200}\" is too complicated: "},
       }) {
    const auto pattern = PathPattern::compile(text);
    ASSERT_FALSE(pattern) << text;
    EXPECT_EQ(pattern.error().message.substr(0, message.size()), message);
  }
}

// The start is cut out of the text by hand; RE2, which is asked without it, must agree.
TEST(PathPatternProperty, MatchesAsTheWholeExpressionDoes) {
  const auto pattern_text =
      rc::gen::container<std::string>(rc::gen::elementOf(std::string("/ab|()[]*+?.\\{}1,^$-")));
  const auto path_text = rc::gen::container<std::string>(rc::gen::elementOf(std::string("/ab.1|")));
  EXPECT_TRUE(rc::check([&] {
    const std::string text = "/" + *pattern_text;
    const auto pattern = PathPattern::compile(text);
    if (!pattern) {
      RC_ASSERT(!pattern.error().message.empty());
      return;
    }
    re2::RE2::Options options;
    options.set_dot_nl(true);
    const re2::RE2 whole(text, options);
    // What begins as the pattern does is more likely to match.
    for (const std::string& path :
         {*path_text, pattern->literal_start() + *path_text, pattern->literal_start()}) {
      RC_ASSERT(pattern->matches(path) == re2::RE2::FullMatch(path, whole));
    }
  }));
}

TEST(PathPattern, StaysInTimeWhenPatternAndPathAreHostile) {
  // Exponential in backtracking engines; states beyond the memory of one pattern here.
  const auto pattern = PathPattern::compile("/(.*a[ab]{300})+");
  ASSERT_TRUE(pattern) << pattern.error().message;
  std::string path = "/";
  for (int i = 0; i < 4000; ++i) path += (i * i) % 7 < 3 ? 'a' : 'b';
  EXPECT_TRUE(pattern->matches(path));
  EXPECT_FALSE(pattern->matches("/" + std::string(4000, 'b')));
}

}  // namespace
}  // namespace hermes::ext::http_gateway

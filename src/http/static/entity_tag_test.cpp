#include "http/static/entity_tag.hpp"

#include <gtest/gtest.h>

#include <span>

namespace hermes::http {
namespace {

constexpr TagComparison kStrong = TagComparison::kStrong;
constexpr TagComparison kWeak = TagComparison::kWeak;

std::string digits_of(std::initializer_list<std::string_view> pieces) {
  ContentTag tag;
  for (const std::string_view piece : pieces) tag.update(std::as_bytes(std::span(piece)));
  return tag.finish();
}

TEST(EntityTagTest, Reads) {
  const auto plain = parse_entity_tag(R"("xyzzy")");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->opaque, "xyzzy");
  EXPECT_FALSE(plain->weak);
  const auto weak = parse_entity_tag(R"(W/"")");
  ASSERT_TRUE(weak);
  EXPECT_EQ(weak->opaque, "");
  EXPECT_TRUE(weak->weak);
  for (const std::string_view text :
       {"", "xyzzy", "\"", "\"a", "a\"", "'a'", "w/\"a\"", "W/", "W/a", "W\"a\"", "\"a\"b",
        "\"a\" ", "\"a b\"", "\"a\tb\"", "\"a\x7f\"", "\"a\",\"b\"", "*"})
    EXPECT_FALSE(parse_entity_tag(text)) << text;
}

TEST(EntityTagTest, ComparesAsTheTableOfTheRfc) {
  // RFC 9110, section 8.8.3.2.
  struct Case {
    EntityTag a;
    EntityTag b;
    bool strong;
    bool weak;
  };
  constexpr Case kCases[] = {
      {{"1", true}, {"1", true}, false, true},    {{"1", true}, {"2", true}, false, false},
      {{"1", true}, {"1", false}, false, true},   {{"1", false}, {"1", false}, true, true},
      {{"1", false}, {"2", false}, false, false},
  };
  for (const auto& [a, b, strong, weak] : kCases) {
    EXPECT_EQ(matches(a, b, kStrong), strong);
    EXPECT_EQ(matches(b, a, kStrong), strong);
    EXPECT_EQ(matches(a, b, kWeak), weak);
    EXPECT_EQ(matches(b, a, kWeak), weak);
  }
}

TEST(EntityTagTest, Lists) {
  struct Case {
    std::string_view list;
    bool strong;
    bool weak;
  };
  constexpr Case kCases[] = {
      {R"("a")", true, true},
      {R"(W/"a")", false, true},
      {R"("b", "a")", true, true},
      {R"("b","a","c")", true, true},
      {R"(, ,"b" , W/"a",)", false, true},
      {R"("b, \"a\"")", false, false},
      {R"("b", "A")", false, false},
      {"*", true, true},
      {" * ", true, true},
      {"", false, false},
      {" , ", false, false},
      {"a", false, false},
      {R"(*, "b")", false, false},
      // Up to the first mistake.
      {R"("a", nonsense)", true, true},
      {R"(nonsense, "a")", false, false},
      {R"("b" "a")", false, false},
      {R"("b", "a)", false, false},
      {R"("a"x)", false, false},
  };
  constexpr EntityTag kCurrent{.opaque = "a", .weak = false};
  for (const auto& [list, strong, weak] : kCases) {
    EXPECT_EQ(list_matches(list, kCurrent, kStrong), strong) << list;
    EXPECT_EQ(list_matches(list, kCurrent, kWeak), weak) << list;
  }
}

TEST(EntityTagTest, IsMadeOfTheContents) {
  // FIPS 180-4, examples of NIST, cut to 128 bits.
  EXPECT_EQ(digits_of({"abc"}), "ba7816bf8f01cfea414140de5dae2223");
  EXPECT_EQ(digits_of({"a", "", "bc"}), digits_of({"abc"}));
  EXPECT_EQ(digits_of({}), "e3b0c44298fc1c149afbf4c8996fb924");
  EXPECT_NE(digits_of({"abd"}), digits_of({"abc"}));
}

TEST(EntityTagTest, CodingsDoNotShareATag) {
  EXPECT_EQ(strong_tag("0123", ""), "\"0123\"");
  EXPECT_EQ(strong_tag("0123", "br"), "\"0123-br\"");
  EXPECT_TRUE(parse_entity_tag(strong_tag("0123", "br")));
}

}  // namespace
}  // namespace hermes::http

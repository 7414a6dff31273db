#include "base/text.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

namespace hermes {
namespace {

using namespace std::string_view_literals;

struct TextCase {
  std::string_view text;
  std::string_view printable;
  std::string_view json;
  bool utf8;
};

constexpr TextCase kTexts[] = {
    {"", "", R"("")", true},
    {"plain text", "plain text", R"("plain text")", true},
    {"Grüße, 世界 🎉", "Grüße, 世界 🎉", R"("Grüße, 世界 🎉")", true},
    {"a\nb\tc\rd", "a\\nb\\tc\\rd", R"("a\nb\tc\rd")", true},
    {"\x1b[31mred\x07", "\\x1b[31mred\\x07", R"("\u001b[31mred\u0007")", true},
    {"nul\0!"sv, "nul\\x00!", R"("nul\u0000!")", true},
    {"del\x7f", "del\\x7f", R"("del\u007f")", true},
    // A C1 control: CSI as one character.
    {"\xc2\x9b", "\\x9b", R"("\u009b")", true},
    // Right-to-left override, line separator, isolate.
    {"a\u202eb", "a\\u{202e}b", R"("a\u202eb")", true},
    {"a\u2028b", "a\\u{2028}b", R"("a\u2028b")", true},
    {"a\u2066b", "a\\u{2066}b", R"("a\u2066b")", true},
    {R"("quoted" \ back)", R"("quoted" \ back)", R"("\"quoted\" \\ back")", true},
    {"bad \xff byte", "bad \\xff byte", "\"bad \xef\xbf\xbd byte\"", false},
    // Overlong, surrogate, beyond the last code point, cut short.
    {"\xc0\xaf", "\\xc0\\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"", false},
    {"\xe0\x80\x80", "\\xe0\\x80\\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", false},
    {"\xed\xa0\x80", "\\xed\\xa0\\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", false},
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80",
     "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"", false},
    {"\xe4\xb8", "\\xe4\\xb8", "\"\xef\xbf\xbd\xef\xbf\xbd\"", false},
};

TEST(Text, IsMadeSafeToShow) {
  for (const TextCase& test : kTexts) {
    SCOPED_TRACE(test.printable);
    EXPECT_EQ(printable(test.text), test.printable);
    std::string json;
    append_json_string(json, test.text);
    EXPECT_EQ(json, test.json);
    EXPECT_EQ(is_utf8(test.text), test.utf8);
  }
}

TEST(Text, NewlinesStayWhereTheyAreWanted) {
  std::string out;
  append_printable(out, "a\n\tb\r\x1b", true);
  EXPECT_EQ(out, "a\n\tb\\r\\x1b");
}

TEST(Text, NothingGetsThrough) {
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    SeededRandom random(seed);
    std::string text;
    // Mostly bytes that begin or continue something.
    for (std::uint64_t i = random.below(40); i > 0; --i) {
      text +=
          static_cast<char>(random.chance(1, 2) ? random.below(256) : 0x80 + random.below(0x80));
    }
    std::string json;
    append_json_string(json, text);
    for (const std::string& out : {printable(text), json}) {
      EXPECT_TRUE(is_utf8(out));
      for (const char c : out) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
      EXPECT_EQ(out.find("\xc2\x9b"), std::string::npos);
    }
  }
}

}  // namespace
}  // namespace hermes

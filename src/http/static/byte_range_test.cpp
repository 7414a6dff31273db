#include "http/static/byte_range.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <ostream>

namespace hermes::http {

static void PrintTo(const ByteRange& range, std::ostream* out) {
  *out << "kind " << static_cast<int>(range.kind) << ", " << range.length << " from "
       << range.first;
}

namespace {

constexpr ByteRange kWhole{};
constexpr ByteRange kUnsatisfiable{.kind = ByteRange::Kind::kUnsatisfiable};

constexpr ByteRange part(std::uint64_t first, std::uint64_t length) {
  return {.kind = ByteRange::Kind::kPart, .first = first, .length = length};
}

TEST(ByteRangeTest, OfTenThousandBytes) {
  struct Case {
    std::string_view value;
    ByteRange range;
  };
  constexpr Case kCases[] = {
      // RFC 9110, section 14.1.2.
      {"bytes=0-499", part(0, 500)},
      {"bytes=500-999", part(500, 500)},
      {"bytes=-500", part(9500, 500)},
      {"bytes=9500-", part(9500, 500)},
      {"bytes=0-0", part(0, 1)},
      {"bytes=-1", part(9999, 1)},
      {"bytes=0-", part(0, 10'000)},
      {"bytes=9999-", part(9999, 1)},
      {"bytes=9999-9999", part(9999, 1)},
      {"bytes=9000-99999", part(9000, 1000)},
      {"bytes=-10000", part(0, 10'000)},
      {"bytes=-10001", part(0, 10'000)},
      {"Bytes= 0-1 ", part(0, 2)},
      {"bytes=, ,0-1,", part(0, 2)},
      {"bytes=00000000000000000000000000001-2", part(1, 2)},
      // Beyond 64 bits.
      {"bytes=1-99999999999999999999999999", part(1, 9999)},
      {"bytes=-99999999999999999999999999", part(0, 10'000)},
      {"bytes=99999999999999999999999999-", kUnsatisfiable},
      {"bytes=18446744073709551616-18446744073709551617", kUnsatisfiable},
      {"bytes=0-18446744073709551615", part(0, 10'000)},
      {"bytes=10000-", kUnsatisfiable},
      {"bytes=10000-10001", kUnsatisfiable},
      {"bytes=-0", kUnsatisfiable},
      {"bytes=-000", kUnsatisfiable},
      // Several: everything.
      {"bytes=0-0,-1", kWhole},
      {"bytes=0-1, 2-3", kWhole},
      {"bytes=0-,0-,0-,0-,0-", kWhole},
      // Not well formed, or another unit.
      {"", kWhole},
      {"bytes", kWhole},
      {"bytes=", kWhole},
      {"bytes=,", kWhole},
      {"bytes=-", kWhole},
      {"bytes=1", kWhole},
      {"bytes=2-1", kWhole},
      {"bytes=--1", kWhole},
      {"bytes=1--2", kWhole},
      {"bytes=+1-2", kWhole},
      {"bytes=1-+2", kWhole},
      {"bytes=0x1-2", kWhole},
      {"bytes=1 -2", kWhole},
      {"bytes=1- 2", kWhole},
      {"bytes =1-2", kWhole},
      {" bytes=1-2", kWhole},
      {"bytes=1-2;", kWhole},
      {"bytes=a-b", kWhole},
      {"bytes=1-2-3", kWhole},
      {"bytes==1-2", kWhole},
      {"items=0-1", kWhole},
      {"bytes0-1", kWhole},
  };
  for (const auto& [value, range] : kCases)
    EXPECT_EQ(parse_byte_range(value, 10'000), range) << value;
}

TEST(ByteRangeTest, OfNothing) {
  EXPECT_EQ(parse_byte_range("bytes=0-", 0), kUnsatisfiable);
  EXPECT_EQ(parse_byte_range("bytes=0-0", 0), kUnsatisfiable);
  EXPECT_EQ(parse_byte_range("bytes=-0", 0), kUnsatisfiable);
  EXPECT_EQ(parse_byte_range("bytes=-1", 0), kWhole);
}

TEST(ByteRangeTest, ContentRange) {
  EXPECT_EQ(format_content_range(part(0, 500), 1234), "bytes 0-499/1234");
  EXPECT_EQ(format_content_range(part(1233, 1), 1234), "bytes 1233-1233/1234");
  EXPECT_EQ(format_content_range(kUnsatisfiable, 1234), "bytes */1234");
}

TEST(ByteRangeTest, WellFormedRangesSelectWhatTheyName) {
  EXPECT_TRUE(rc::check([] {
    const auto size = *rc::gen::arbitrary<std::uint64_t>();
    const auto first = *rc::gen::arbitrary<std::uint64_t>();
    const auto last =
        *rc::gen::inRange<std::uint64_t>(first, std::numeric_limits<std::uint64_t>::max());
    const std::string value = "bytes=" + std::to_string(first) + "-" + std::to_string(last);
    const ByteRange range = parse_byte_range(value, size);
    if (first >= size) {
      RC_ASSERT(range == kUnsatisfiable);
      return;
    }
    RC_ASSERT(range.kind == ByteRange::Kind::kPart);
    RC_ASSERT(range.first == first);
    RC_ASSERT(range.length >= 1U);
    RC_ASSERT(range.length <= size - first);
    RC_ASSERT(range.first + range.length - 1 == std::min(last, size - 1));
  }));
}

}  // namespace
}  // namespace hermes::http

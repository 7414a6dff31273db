#include "base/units.hpp"

#include "base/random.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace hermes {
namespace {

struct SizeCase {
  std::string_view text;
  std::optional<std::uint64_t> bytes;
};

constexpr SizeCase kSizes[] = {
    {"0", 0},
    {"512", 512},
    {"64KiB", 65536},
    {" 64 kib ", 65536},
    {"1.5GiB", 1610612736},
    {"2MB", 2000000},
    {"0.5kB", 500},
    {"1.23456kB", 1234},
    {"1TiB", 1099511627776},
    {"3TB", 3000000000000},
    {"7B", 7},
    {"18446744073709551615", 18446744073709551615U},
    {"18446744073709551616", std::nullopt},
    {"16777216TiB", std::nullopt},
    {"", std::nullopt},
    {" ", std::nullopt},
    {"KiB", std::nullopt},
    {"-1", std::nullopt},
    {"1.2.3", std::nullopt},
    {".", std::nullopt},
    {"1 2", std::nullopt},
    {"1K", std::nullopt},
    {"1 KiBs", std::nullopt},
    {"1e3", std::nullopt},
    {"0x10", std::nullopt},
};

TEST(Units, ParsesSizes) {
  for (const SizeCase& test : kSizes) {
    SCOPED_TRACE(test.text);
    const Result<std::uint64_t> bytes = parse_size(test.text);
    ASSERT_EQ(bytes.has_value(), test.bytes.has_value());
    if (test.bytes) {
      EXPECT_EQ(*bytes, *test.bytes);
    }
  }
}

struct DurationCase {
  std::string_view text;
  std::optional<std::int64_t> nanoseconds;
};

constexpr DurationCase kDurations[] = {
    {"0", 0},
    {"0s", 0},
    {"250ms", 250'000'000},
    {"1.5s", 1'500'000'000},
    {"2 min", 120'000'000'000},
    {"2m", 120'000'000'000},
    {"1h30m", 5'400'000'000'000},
    {"1h 30min 5s", 5'405'000'000'000},
    {"1D", 86'400'000'000'000},
    {"10US", 10'000},
    {"7ns", 7},
    {"9223372036854775807ns", 9223372036854775807},
    {"9223372036854775808ns", std::nullopt},
    {"106752d", std::nullopt},
    {"", std::nullopt},
    {"5", std::nullopt},
    {"0 0", std::nullopt},
    {"1s5", std::nullopt},
    {"s", std::nullopt},
    {"-1s", std::nullopt},
    {"1 parsec", std::nullopt},
};

TEST(Units, ParsesDurations) {
  for (const DurationCase& test : kDurations) {
    SCOPED_TRACE(test.text);
    const Result<Duration> duration = parse_duration(test.text);
    ASSERT_EQ(duration.has_value(), test.nanoseconds.has_value());
    if (test.nanoseconds) {
      EXPECT_EQ(duration->count(), *test.nanoseconds);
    }
  }
}

TEST(Units, ErrorsNameTheTextAndTheWayOut) {
  EXPECT_EQ(
      parse_size("many\x1b[0m").error().message,
      "\"many\\x1b[0m\" is not a size: write a number and a unit, such as 64KiB, 1.5GiB or 2MB");
  EXPECT_EQ(parse_duration("5").error().message,
            "\"5\" is not a duration: write numbers with units, such as 250ms, 1.5s or 1h30m");
}

TEST(Units, FormatsSizes) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(1023), "1023 B");
  EXPECT_EQ(format_size(1024), "1 KiB");
  EXPECT_EQ(format_size(1536), "1.5 KiB");
  EXPECT_EQ(format_size(64U << 20), "64 MiB");
  EXPECT_EQ(format_size(std::uint64_t{5} << 50), "5120 TiB");
}

TEST(Units, FormatsDurations) {
  EXPECT_EQ(format_duration(Duration{0}), "0 ns");
  EXPECT_EQ(format_duration(Duration{999}), "999 ns");
  EXPECT_EQ(format_duration(Duration{1'500}), "1.5 us");
  EXPECT_EQ(format_duration(Duration{250'000'000}), "250 ms");
  EXPECT_EQ(format_duration(Duration{999'999'999}), "1 s");
  EXPECT_EQ(format_duration(Duration{90'000'000'000}), "1.5 min");
  EXPECT_EQ(format_duration(Duration{-1'500'000}), "-1.5 ms");
}

TEST(Units, WhatIsFormattedParsesBackToNearlyTheSame) {
  SeededRandom random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t bytes = random.next() >> random.between(1, 63);
    const std::string size = format_size(bytes);
    SCOPED_TRACE(size);
    const Result<std::uint64_t> parsed = parse_size(size);
    ASSERT_TRUE(parsed);
    EXPECT_NEAR(static_cast<double>(*parsed), static_cast<double>(bytes),
                0.051 * static_cast<double>(bytes));
  }
}

}  // namespace
}  // namespace hermes

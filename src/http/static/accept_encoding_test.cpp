#include "http/static/accept_encoding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hermes::http {
namespace {

constexpr ContentCoding kBr = ContentCoding::kBrotli;
constexpr ContentCoding kZstd = ContentCoding::kZstd;
constexpr ContentCoding kGzip = ContentCoding::kGzip;
constexpr ContentCoding kIdentity = ContentCoding::kIdentity;

TEST(AcceptEncodingTest, Preference) {
  struct Case {
    std::string_view value;
    std::vector<ContentCoding> preference;
  };
  const Case cases[] = {
      {"", {kIdentity}},
      {"gzip", {kGzip, kIdentity}},
      {"GZip", {kGzip, kIdentity}},
      {"x-gzip", {kGzip, kIdentity}},
      {"gzip, deflate, br, zstd", {kBr, kZstd, kGzip, kIdentity}},
      {"br;q=0.5, gzip", {kGzip, kBr, kIdentity}},
      {"br;q=0.5,zstd;q=0.8 , gzip ; q=0.501", {kZstd, kGzip, kBr, kIdentity}},
      {"gzip;Q=1.000, br;q=0.999", {kGzip, kBr, kIdentity}},
      {"gzip;q=0", {kIdentity}},
      {"gzip;q=0.000, br", {kBr, kIdentity}},
      {"*", {kBr, kZstd, kGzip, kIdentity}},
      {"*;q=0", {kIdentity}},
      {"br;q=0, *", {kZstd, kGzip, kIdentity}},
      {"gzip, *;q=0.1", {kGzip, kBr, kZstd, kIdentity}},
      {"identity", {kIdentity}},
      {"identity;q=0", {kIdentity}},
      {"identity;q=0, gzip;q=0.1", {kGzip, kIdentity}},
      {"identity, gzip;q=0.5", {kIdentity}},
      {"identity;q=0.5, gzip;q=0.5", {kGzip, kIdentity}},
      {"gzip;q=0.3, *;q=0.5", {kBr, kZstd, kIdentity}},
      // The first mention counts.
      {"gzip;q=0, gzip", {kIdentity}},
      // What is not well formed is as if it were not there.
      {"gzip;q=1.5, br;q=, zstd;q=0.1234", {kIdentity}},
      {"gzip;q=-1, br;q=1.001, zstd;level=3", {kIdentity}},
      {",, ,gzip,,", {kGzip, kIdentity}},
      {";q=1, gzip", {kGzip, kIdentity}},
      {"gzip;q = 1", {kIdentity}},
      {"deflate, compress", {kIdentity}},
      {"gzipped, brr", {kIdentity}},
  };
  for (const auto& [value, preference] : cases)
    EXPECT_THAT(AcceptEncoding::parse(value).preference(), testing::ElementsAreArray(preference))
        << value;
}

TEST(AcceptEncodingTest, ChoosesOfWhatThereIs) {
  const AcceptEncoding accept = AcceptEncoding::parse("br, gzip;q=0.8");
  EXPECT_EQ(accept.choose({kIdentity, kGzip, kBr}), kBr);
  EXPECT_EQ(accept.choose({kIdentity, kGzip, kZstd}), kGzip);
  EXPECT_EQ(accept.choose({kIdentity, kZstd}), kIdentity);
  EXPECT_EQ(AcceptEncoding::parse("identity;q=0").choose({kIdentity}), kIdentity);
}

TEST(AcceptEncodingTest, AnythingGivesAPreferenceThatEndsWithIdentity) {
  EXPECT_TRUE(rc::check([] {
    const auto members =
        *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
            "gzip", "br", "zstd", "*", "identity", ";q=0", ";q=0.5", ",", " ", ";", "q=1", "x"));
    std::string value;
    for (const std::string& member : members) value += member;
    const AcceptEncoding accept = AcceptEncoding::parse(value);
    const auto preference = accept.preference();
    RC_ASSERT(preference.back() == kIdentity);
    std::vector<ContentCoding> sorted(preference.begin(), preference.end());
    std::ranges::sort(sorted);
    RC_ASSERT(std::ranges::adjacent_find(sorted) == sorted.end());
  }));
}

}  // namespace
}  // namespace hermes::http

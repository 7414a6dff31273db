#include "http/http2_output.hpp"

#include "base/random.hpp"
#include "http/http2_memory.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace hermes::http {
namespace {

std::string text(std::span<const iovec> parts) {
  std::string all;
  for (const iovec& each : parts) all.append(static_cast<const char*>(each.iov_base), each.iov_len);
  return all;
}

TEST(Http2Output, GivesBytesInOrderHoweverTheyAreTaken) {
  constexpr std::uint64_t kSeed = 42;
  SeededRandom random(kSeed);
  for (int round = 0; round < 200; ++round) {
    Http2Output output;
    std::vector<std::string> contents;
    contents.reserve(20);
    std::string expected;
    for (int i = 0; i < 20; ++i) {
      const std::string& bytes =
          contents.emplace_back(random.next() % 10'000, static_cast<char>('a' + i));
      expected += bytes;
      switch (random.next() % 3) {
        case 0:
          output.copy(bytes);
          break;
        case 1:
          output.refer(bytes);
          break;
        default:
          std::ranges::copy(bytes, output.room(bytes.size()).begin());
          if (bytes.empty()) break;
          output.copy("taken back");
          output.drop(10);
      }
    }
    std::string got;
    while (!output.empty()) {
      const std::string left = text(output.parts());
      ASSERT_EQ(left, expected.substr(got.size())) << "seed " << kSeed << " round " << round;
      const std::size_t size = std::min<std::size_t>(left.size(), 1 + random.next() % 30'000);
      got += left.substr(0, size);
      output.take(size);
    }
    EXPECT_EQ(got, expected);
    output.copy("again");
    EXPECT_EQ(text(output.parts()), "again");
  }
}

TEST(Http2Output, IsFullInTime) {
  Http2Output output;
  const std::string content(100'000, 'x');
  while (!output.full()) output.refer(content);
  EXPECT_EQ(text(output.parts()).size(), 300'000U);
}

TEST(Http2Memory, IsBounded) {
  Http2Memory memory(1000);
  const nghttp2_mem& functions = *memory.get();
  void* const self = functions.mem_user_data;
  void* block = functions.malloc(500, self);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(functions.malloc(500, self), nullptr);
  EXPECT_EQ(functions.calloc(std::size_t{1} << 40, std::size_t{1} << 40, self), nullptr);
  block = functions.realloc(block, 900, self);
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(functions.realloc(block, 1000, self), nullptr) << "with what accounting costs";
  block = functions.realloc(block, 10, self);
  void* const zeros = functions.calloc(10, 10, self);
  ASSERT_NE(zeros, nullptr);
  EXPECT_EQ(std::string(static_cast<char*>(zeros), 100), std::string(100, '\0'));
  functions.free(block, self);
  functions.free(zeros, self);
  functions.free(nullptr, self);
  EXPECT_EQ(memory.used(), 0U);
}

}  // namespace
}  // namespace hermes::http

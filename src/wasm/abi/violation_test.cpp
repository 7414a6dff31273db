// Rules that the codecs enforce on their own, on bytes that no compiler of a guest would produce.
// (hostile_guest_test.cpp shows the same through real guests.)
#include "wasm/testing/guest_memory.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::wasm {
namespace {

using testing::GuestMemory;
using ::testing::HasSubstr;

struct Node : HostResource {
  explicit Node(int& alive_nodes) : alive(alive_nodes) { ++alive; }
  ~Node() override { --alive; }
  int& alive;
};
struct Other : HostResource {};
struct Tag;
enum class Wide : std::uint16_t {};

}  // namespace

namespace abi {
template <>
struct Codec<Wide> : EnumCodec<Wide, 300> {};
}  // namespace abi

namespace {

/// Loads a T from `words` at address 16 and answers the violation; "" when there is none.
template <class T>
std::string violation(std::initializer_list<std::uint32_t> words,
                      hn_string_encoding encoding = HN_STRING_UTF8) {
  GuestMemory memory(encoding);
  std::uint32_t at = 16;
  for (const std::uint32_t word : words) {
    memory.poke(at, word);
    at += 4;
  }
  return memory.load<T>(16).has_value() ? "" : memory.failure();
}

TEST(Violation, PointersAndLengths) {
  using Bytes = std::span<const std::uint8_t>;
  EXPECT_EQ(violation<std::string_view>({4294967290, 12}),
            "string pointer 4294967290 + 12 bytes is outside of the memory of 65536 bytes");
  EXPECT_EQ(violation<std::string_view>({65535, 1}), "");
  EXPECT_EQ(violation<std::string_view>({65536, 0}), "");
  EXPECT_THAT(violation<std::string_view>({65537, 0}), HasSubstr("outside"));
  EXPECT_THAT(violation<std::string_view>({0, 0x80000000}), HasSubstr("2147483648 bytes"));
  EXPECT_THAT(violation<std::string_view>({0, 0xC0000000}, HN_STRING_LATIN1_UTF16),
              HasSubstr("string of 2147483648 bytes"));
  EXPECT_THAT(violation<Bytes>({1, 65536}), HasSubstr("list pointer 1 + 65536 bytes"));
  EXPECT_THAT(violation<std::vector<std::uint64_t>>({0, 0x20000000}),
              HasSubstr("list pointer 0 + 4294967296 bytes"));
  EXPECT_THAT(violation<std::vector<std::uint16_t>>({1, 0}),
              HasSubstr("list pointer 1 is not aligned to 2 bytes"));
  EXPECT_THAT(violation<std::vector<std::string>>({24, 1, 0xFFFFFFFF, 1}),
              HasSubstr("string pointer 4294967295 + 1 bytes"));
}

TEST(Violation, ValuesOutOfRange) {
  EXPECT_EQ(violation<char32_t>({0xDFFF}), "char 0xdfff is not a Unicode scalar value");
  EXPECT_EQ(violation<char32_t>({0xE000}), "");
  EXPECT_EQ(violation<char32_t>({0x10FFFF}), "");
  EXPECT_EQ(violation<Wide>({300}), "enum discriminant 300 is not one of its 300 cases");
  EXPECT_EQ(violation<Wide>({0xFFFF0000 | 299}), "") << "only the two bytes count";
  EXPECT_EQ(violation<std::optional<std::uint8_t>>({2}),
            "option discriminant 2 is not one of its 2 cases");
  EXPECT_EQ((violation<std::expected<std::monostate, std::monostate>>({255})),
            "result discriminant 255 is not one of its 2 cases");
  EXPECT_THAT(violation<std::span<const char32_t>>({24, 2, 'a', 0xD800}), HasSubstr("char 0xd800"));
}

/// What is not well-formed UTF-8: the classes of the Unicode standard, table 3-7.
TEST(Violation, Utf8) {
  const std::string_view bad[] = {"\x80",
                                  "\xC0\x80",
                                  "\xC1\xBF",
                                  "\xC2",
                                  "\xE0\x9F\xBF",
                                  "\xED\xA0\x80",
                                  "\xEF\xBF",
                                  "\xF0\x8F\xBF\xBF",
                                  "\xF4\x90\x80\x80",
                                  "\xF5\x80\x80\x80",
                                  "\xFF"};
  const std::string_view good[] = {"\xC2\x80", "\xED\x9F\xBF", "\xEE\x80\x80", "\xF4\x8F\xBF\xBF"};
  // Alone, in short text, at the seam of the vectorised check and far behind it.
  for (const std::size_t before : {0U, 3U, 7U, 8U, 60U, 63U, 64U, 65U, 300U}) {
    for (const std::size_t after : {0U, 5U, 70U}) {
      const auto padded = [&](std::string_view text) {
        return std::string(before, 'a') + std::string(text) + std::string(after, 'b');
      };
      for (const std::string_view text : bad) {
        const std::string all = padded(text);
        EXPECT_FALSE(abi::is_utf8(all.data(), all.size())) << ::testing::PrintToString(all);
      }
      for (const std::string_view text : good) {
        const std::string all = padded(text);
        EXPECT_TRUE(abi::is_utf8(all.data(), all.size())) << ::testing::PrintToString(all);
      }
    }
  }
}

TEST(Violation, OfTheBudget) {
  GuestMemory memory;
  memory.context().set_limits({.lift_bytes = 1000});
  std::vector<std::string> texts(10, std::string(50, 'x'));
  const auto at = memory.store(texts);
  ASSERT_TRUE(at);
  EXPECT_TRUE(memory.load<std::span<const std::string_view>>(*at));
  // All of them the same memory, which counts each time.
  const std::uint32_t block = memory.peek<std::uint32_t>(*at);
  for (std::uint32_t index = 0; index < 10; ++index) {
    memory.poke<std::uint32_t>(block + index * 8 + 4, 100);
  }
  EXPECT_FALSE(memory.load<std::span<const std::string_view>>(*at));
  EXPECT_THAT(memory.failure(), HasSubstr("larger than 1000 bytes"));
  EXPECT_EQ(memory.context().internals().failure_kind, HN_ERROR_LIMIT);
}

TEST(Violation, OfTheBudgetByElementsThatTakeMoreRoomInTheHost) {
  GuestMemory memory;
  memory.context().set_limits({.lift_bytes = 1000});
  // 100 options of a byte: 200 bytes in the guest, more in the host.
  std::vector<std::optional<std::string>> empty(100);
  const auto at = memory.store(empty);
  ASSERT_TRUE(at);
  EXPECT_FALSE(memory.load<std::vector<std::optional<std::string>>>(*at));
}

TEST(Violation, HandlesOfAnotherType) {
  GuestMemory memory;
  int alive = 0;
  auto node = std::make_unique<Node>(alive);
  const auto at = memory.store(node);
  ASSERT_TRUE(at);
  EXPECT_EQ(node, nullptr) << "moved into the table";
  EXPECT_FALSE(memory.load<std::unique_ptr<Other>>(*at));
  EXPECT_THAT(memory.failure(), HasSubstr("own handle stands for slot 0"));
  EXPECT_FALSE(memory.load<Borrow<Other>>(*at));
  EXPECT_TRUE(memory.load<Borrow<Node>>(*at));
  EXPECT_EQ(alive, 1);
  EXPECT_TRUE(memory.load<std::unique_ptr<Node>>(*at));
  EXPECT_EQ(alive, 0) << "taken out, and gone with the value";
  EXPECT_FALSE(memory.load<std::unique_ptr<Node>>(*at)) << "it was taken out";
}

TEST(Violation, LentResourcesCannotBeTaken) {
  GuestMemory memory;
  int alive = 0;
  Node node(alive);
  Borrow<Node> lent(node);
  const auto at = memory.store(lent);
  ASSERT_TRUE(at);
  EXPECT_FALSE(memory.load<std::unique_ptr<Node>>(*at));
  const auto found = memory.load<Borrow<Node>>(*at);
  ASSERT_TRUE(found);
  EXPECT_EQ(&found->get(), &node);
}

TEST(Violation, OfTheHost) {
  GuestMemory memory;
  std::string broken = "\xFF";
  EXPECT_FALSE(memory.store(broken));
  EXPECT_EQ(memory.failure(), "a string from the host is not UTF-8");
  auto surrogate = static_cast<char32_t>(0xD800);
  EXPECT_FALSE(memory.store(surrogate));
  auto wide = static_cast<Wide>(300);
  EXPECT_FALSE(memory.store(wide));
  std::unique_ptr<Node> nothing;
  EXPECT_FALSE(memory.store(nothing));
  EXPECT_EQ(memory.failure(), "a resource from the host is null");
  GuestResource<Tag> gone;
  EXPECT_FALSE(memory.store(gone));
  EXPECT_EQ(memory.context().internals().failure_kind, HN_ERROR_HOST);
}

TEST(Violation, PositionsOfHandlesCountEveryCase) {
  GuestMemory memory;
  using Either = std::expected<std::unique_ptr<Other>, GuestBorrow<Tag>>;
  std::tuple<std::unique_ptr<Other>, Either, std::vector<GuestBorrow<Tag>>, Either> value{
      std::make_unique<Other>(), std::unexpected(GuestBorrow<Tag>(70)),
      std::vector<GuestBorrow<Tag>>{GuestBorrow<Tag>(71), GuestBorrow<Tag>(72)},
      std::make_unique<Other>()};
  ASSERT_TRUE(memory.store(value));
  std::vector<std::pair<std::uint32_t, std::uint32_t>> handles;
  for (const hn_handle& handle : memory.context().internals().handles) {
    handles.emplace_back(handle.position, handle.value);
  }
  using Pair = std::pair<std::uint32_t, std::uint32_t>;
  EXPECT_THAT(handles, ::testing::ElementsAre(Pair(0, 0), Pair(2, 70), Pair(3, 71), Pair(3, 72),
                                              Pair(4, 1)));
}

}  // namespace
}  // namespace hermes::wasm

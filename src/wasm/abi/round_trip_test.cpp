// What is lowered into a guest's memory, or into flat values, and lifted again is what it was: for
// every kind of type, nested, in every string encoding, with random values. A failure prints the
// configuration that reproduces it.
#include "wasm/testing/guest_memory.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace hermes::wasm {
namespace {

using testing::GuestMemory;

constexpr std::array kEncodings = {HN_STRING_UTF8, HN_STRING_UTF16, HN_STRING_LATIN1_UTF16};

enum class Direction : std::uint8_t { kNorth, kEast, kSouth };
/// More cases than a byte tells apart, and more than two bytes do.
enum class Wide : std::uint16_t {};
enum class Widest : std::uint32_t {};
constexpr std::uint32_t kWideCases = 300;
constexpr std::uint32_t kWidestCases = 70'000;

enum class Label : std::uint8_t {};
template <std::uint32_t LabelCount>
using Labels = Flags<Label, LabelCount>;

struct Point {
  std::int8_t x{};
  double y{};
  bool operator==(const Point&) const = default;
};

struct Shape {
  struct Dot {
    bool operator==(const Dot&) const = default;
  };
  struct Circle {
    float value{};
    bool operator==(const Circle&) const = default;
  };
  struct Named {
    std::string value;
    bool operator==(const Named&) const = default;
  };
  struct AlsoNamed {
    std::string value;
    bool operator==(const AlsoNamed&) const = default;
  };
  struct Path {
    std::vector<Point> value;
    bool operator==(const Path&) const = default;
  };
  struct Large {
    std::uint64_t value{};
    bool operator==(const Large&) const = default;
  };
  std::variant<Dot, Circle, Named, AlsoNamed, Path, Large> value;
  bool operator==(const Shape&) const = default;
};

struct Everything {
  bool flag{};
  char32_t letter{};
  Direction direction{};
  Labels<3> labels;
  std::optional<std::optional<std::string>> text;
  std::expected<std::vector<Shape>, std::tuple<Direction, std::string>> shapes;
  std::tuple<std::int64_t, std::vector<bool>, std::vector<char32_t>> rest;
  bool operator==(const Everything&) const = default;
};

}  // namespace

namespace abi {
template <>
struct Codec<Direction> : EnumCodec<Direction, 3> {};
template <>
struct Codec<Wide> : EnumCodec<Wide, kWideCases> {};
template <>
struct Codec<Widest> : EnumCodec<Widest, kWidestCases> {};
template <>
struct Codec<Point> : RecordCodec<&Point::x, &Point::y> {};
template <>
struct Codec<Shape> : VariantCodec<Shape> {};
template <>
struct Codec<Everything>
    : RecordCodec<&Everything::flag, &Everything::letter, &Everything::direction,
                  &Everything::labels, &Everything::text, &Everything::shapes, &Everything::rest> {
};
}  // namespace abi

namespace {

/// Random values of a type.
template <class T>
struct Any;

template <class T>
T any() {
  return Any<T>::make();
}

template <std::integral T>
struct Any<T> {
  static T make() { return *rc::gen::arbitrary<T>(); }
};
template <std::floating_point T>
struct Any<T> {
  static T make() { return *rc::gen::arbitrary<T>(); }
};
template <>
struct Any<char32_t> {
  static char32_t make() {
    // One range after the other, so that short and long encodings are equally frequent.
    return *rc::gen::map(
        rc::gen::oneOf(rc::gen::inRange(0U, 0x80U), rc::gen::inRange(0x80U, 0x100U),
                       rc::gen::inRange(0x100U, 0x800U), rc::gen::inRange(0x800U, 0xD800U),
                       rc::gen::inRange(0xE000U, 0x10000U), rc::gen::inRange(0x10000U, 0x110000U)),
        [](std::uint32_t value) { return static_cast<char32_t>(value); });
  }
};
template <>
struct Any<std::string> {
  static std::string make() {
    std::string text;
    // Some texts fit into Latin-1, some do not.
    const bool latin1 = any<bool>();
    const auto size = *rc::gen::inRange<std::size_t>(0, 100);
    for (std::size_t index = 0; index < size; ++index) {
      const char32_t scalar =
          latin1 ? static_cast<char32_t>(*rc::gen::inRange(0, 0x100)) : any<char32_t>();
      append(text, scalar);
    }
    return text;
  }
  static void append(std::string& text, std::uint32_t scalar) {
    const auto put = [&text](std::uint32_t byte) { text += static_cast<char>(byte); };
    if (scalar < 0x80) {
      put(scalar);
    } else if (scalar < 0x800) {
      put(0xC0 | scalar >> 6);
      put(0x80 | (scalar & 0x3F));
    } else if (scalar < 0x10000) {
      put(0xE0 | scalar >> 12);
      put(0x80 | (scalar >> 6 & 0x3F));
      put(0x80 | (scalar & 0x3F));
    } else {
      put(0xF0 | scalar >> 18);
      put(0x80 | (scalar >> 12 & 0x3F));
      put(0x80 | (scalar >> 6 & 0x3F));
      put(0x80 | (scalar & 0x3F));
    }
  }
};
template <class T>
struct Any<std::vector<T>> {
  static std::vector<T> make() {
    const auto size = *rc::gen::inRange<std::size_t>(0, 6);
    std::vector<T> list;
    list.reserve(size);
    for (std::size_t index = 0; index < size; ++index) list.push_back(any<T>());
    return list;
  }
};
template <class T>
struct Any<std::optional<T>> {
  static std::optional<T> make() { return any<bool>() ? std::optional<T>(any<T>()) : std::nullopt; }
};
template <>
struct Any<std::monostate> {
  static std::monostate make() { return {}; }
};
template <class T, class E>
struct Any<std::expected<T, E>> {
  static std::expected<T, E> make() {
    if (any<bool>()) return any<T>();
    return std::unexpected(any<E>());
  }
};
template <class... T>
struct Any<std::tuple<T...>> {
  static std::tuple<T...> make() { return {any<T>()...}; }
};
template <>
struct Any<Direction> {
  static Direction make() { return static_cast<Direction>(*rc::gen::inRange(0, 3)); }
};
template <>
struct Any<Wide> {
  static Wide make() { return static_cast<Wide>(*rc::gen::inRange<std::uint32_t>(0, kWideCases)); }
};
template <>
struct Any<Widest> {
  static Widest make() {
    return static_cast<Widest>(*rc::gen::inRange<std::uint32_t>(0, kWidestCases));
  }
};
template <std::uint32_t LabelCount>
struct Any<Labels<LabelCount>> {
  static Labels<LabelCount> make() {
    Labels<LabelCount> labels;
    for (std::uint32_t index = 0; index < LabelCount; ++index) {
      labels.set(static_cast<Label>(index), any<bool>());
    }
    return labels;
  }
};
template <>
struct Any<Point> {
  static Point make() { return {any<std::int8_t>(), any<double>()}; }
};
template <>
struct Any<Shape> {
  static Shape make() {
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
        return {Shape::Dot{}};
      case 1:
        return {Shape::Circle{any<float>()}};
      case 2:
        return {Shape::Named{any<std::string>()}};
      case 3:
        return {Shape::AlsoNamed{any<std::string>()}};
      case 4:
        return {Shape::Path{any<std::vector<Point>>()}};
      default:
        return {Shape::Large{any<std::uint64_t>()}};
    }
  }
};
template <>
struct Any<Everything> {
  static Everything make() {
    return {any<bool>(),
            any<char32_t>(),
            any<Direction>(),
            any<Labels<3>>(),
            any<decltype(Everything::text)>(),
            any<decltype(Everything::shapes)>(),
            any<decltype(Everything::rest)>()};
  }
};

template <class T>
class RoundTrip : public ::testing::Test {};

using Kinds = ::testing::Types<
    bool, std::int8_t, std::uint8_t, std::int16_t, std::uint16_t, std::int32_t, std::uint32_t,
    std::int64_t, std::uint64_t, float, double, char32_t, std::string, std::vector<std::uint8_t>,
    std::vector<std::int64_t>, std::vector<bool>, std::vector<char32_t>, std::vector<std::string>,
    std::vector<std::vector<std::vector<std::uint16_t>>>, std::optional<std::uint8_t>,
    std::optional<std::optional<std::optional<std::uint64_t>>>,
    std::expected<std::monostate, std::monostate>, std::expected<std::string, std::monostate>,
    std::expected<std::monostate, std::string>,
    std::expected<std::expected<std::uint8_t, double>, std::expected<float, std::string>>,
    std::tuple<std::uint8_t, std::uint64_t, std::uint8_t, std::string>, Direction, Wide, Widest,
    Labels<1>, Labels<8>, Labels<9>, Labels<16>, Labels<17>, Labels<32>, Labels<33>, Labels<64>,
    Labels<100>, Point, Shape, std::vector<Shape>, Everything, std::vector<Everything>>;
TYPED_TEST_SUITE(RoundTrip, Kinds);

TYPED_TEST(RoundTrip, ThroughMemoryAndFlatValues) {
  const bool held = rc::check([] {
    for (const hn_string_encoding encoding : kEncodings) {
      GuestMemory memory(encoding, 1 << 17);
      TypeParam value = any<TypeParam>();
      const auto at = memory.store(value);
      RC_ASSERT(at.has_value());
      const auto loaded = memory.load<TypeParam>(*at);
      RC_ASSERT(loaded.has_value());
      // Compared outside of the macro, which takes operands apart that std::expected compares
      // itself.
      const bool same = *loaded == value;
      RC_ASSERT(same);
      const auto flat = memory.lower_flat(value);
      RC_ASSERT(flat.has_value());
      const auto lifted = memory.lift_flat<TypeParam>(*flat);
      RC_ASSERT(lifted.has_value());
      const bool same_flat = *lifted == value;
      RC_ASSERT(same_flat);
    }
  });
  EXPECT_TRUE(held);
}

TEST(RoundTripOfViews, SeesWhatTheOwnedFormWrote) {
  const bool held = rc::check([] {
    for (const hn_string_encoding encoding : kEncodings) {
      GuestMemory memory(encoding, 1 << 17);
      auto texts = any<std::vector<std::string>>();
      const auto at = memory.store(texts);
      RC_ASSERT(at.has_value());
      const auto views = memory.load<std::span<const std::string_view>>(*at);
      RC_ASSERT(views.has_value());
      RC_ASSERT(std::ranges::equal(*views, texts));
      // And back: a view can be lowered as well.
      auto again = *views;
      const auto copied = memory.store(again);
      RC_ASSERT(copied.has_value());
      const bool same = memory.load<std::vector<std::string>>(*copied) == texts;
      RC_ASSERT(same);
    }
  });
  EXPECT_TRUE(held);
}

TEST(RoundTripOfViews, ScalarsAreSeenInPlace) {
  GuestMemory memory;
  std::vector<std::uint32_t> numbers = {1, 2, 3};
  const auto at = memory.store(numbers);
  ASSERT_TRUE(at);
  const auto view = memory.load<std::span<const std::uint32_t>>(*at);
  ASSERT_TRUE(view);
  EXPECT_EQ(static_cast<const void*>(view->data()),
            memory.data() + memory.peek<std::uint32_t>(*at));
  std::string text = "in place";
  const auto text_at = memory.store(text);
  const auto text_view = memory.load<std::string_view>(*text_at);
  ASSERT_TRUE(text_view);
  EXPECT_EQ(static_cast<const void*>(text_view->data()),
            memory.data() + memory.peek<std::uint32_t>(*text_at));
}

TEST(RoundTripOfViews, BoolsAreSeenAsBoolsWhateverTheirByte) {
  GuestMemory memory;
  std::vector<bool> bools = {false, true, true};
  const auto at = memory.store(bools);
  ASSERT_TRUE(at);
  const std::uint32_t block = memory.peek<std::uint32_t>(*at);
  auto view = memory.load<std::span<const bool>>(*at);
  ASSERT_TRUE(view);
  EXPECT_EQ(std::vector<bool>(view->begin(), view->end()), bools);
  memory.poke<std::uint8_t>(block + 1, 0x80);
  view = memory.load<std::span<const bool>>(*at);
  ASSERT_TRUE(view);
  EXPECT_EQ(std::vector<bool>(view->begin(), view->end()), bools);
  for (const bool& each : *view) EXPECT_LE(std::bit_cast<std::uint8_t>(each), 1);
}

TEST(RoundTripOfFlatValues, AreZeroExtendedAndUnusedOnesZero) {
  GuestMemory memory;
  const auto flat_bits = [&memory](auto value) {
    std::vector<std::uint64_t> bits;
    const std::optional<std::vector<hn_val>> lowered = memory.lower_flat(value);
    for (const hn_val& flat : lowered.value()) bits.push_back(flat.bits);
    return bits;
  };
  using Bits = std::vector<std::uint64_t>;
  EXPECT_EQ(flat_bits(std::int8_t{-1}), Bits{0xFFFFFFFF});
  EXPECT_EQ(flat_bits(std::int16_t{-2}), Bits{0xFFFFFFFE});
  EXPECT_EQ(flat_bits(std::int32_t{-3}), Bits{0xFFFFFFFD});
  EXPECT_EQ(flat_bits(std::int64_t{-4}), Bits{0xFFFFFFFFFFFFFFFC});
  EXPECT_EQ(flat_bits(std::uint8_t{255}), Bits{255});
  EXPECT_EQ(flat_bits(1.0F), Bits{0x3F800000});
  EXPECT_EQ(flat_bits(std::optional<std::uint64_t>()), (Bits{0, 0}));
  EXPECT_EQ(flat_bits(Shape{Shape::Circle{-0.0F}}), (Bits{1, 0x80000000, 0}));
  EXPECT_EQ(flat_bits(Shape{Shape::Dot{}}), (Bits{0, 0, 0}));
}

TEST(RoundTripOfFlatValues, WrapWhenTheyAreRead) {
  GuestMemory memory;
  const auto lift = [&memory]<class T>(std::uint64_t bits, T /*type*/) {
    return memory.lift_flat<T>({hn_val{.bits = bits}}).value();
  };
  EXPECT_EQ(lift(0x1234567890ABCDEF, std::uint8_t{}), 0xEF);
  EXPECT_EQ(lift(0x1234567890ABCDEF, std::int16_t{}), static_cast<std::int16_t>(0xCDEF));
  EXPECT_EQ(lift(0xFFFFFFFF00000000, bool{}), false) << "the upper half is no part of an i32";
  EXPECT_EQ(lift(2, bool{}), true);
}

}  // namespace
}  // namespace hermes::wasm

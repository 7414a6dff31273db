// Layouts are constants, so they are checked while this compiles. The numbers on the right are
// worked out by hand from CanonicalABI.md ("Alignment", "Element Size", "Flattening").
#include "wasm/abi/layout.hpp"

#include "wasm/abi/codecs.hpp"
#include "wasm/abi/function_abi.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

namespace hermes::wasm {
namespace {

template <class T>
consteval bool has_layout(std::uint32_t size, std::uint32_t alignment, std::uint32_t flat,
                          std::uint32_t handles = 0) {
  using C = abi::Codec<T>;
  return C::kSize == size && C::kAlignment == alignment && C::kFlatCount == flat &&
         C::kHandleCount == handles;
}

struct Node : HostResource {};
struct Tag;

enum class Small : std::uint8_t { kA, kB };
enum class Bit : std::uint16_t {};

struct Shape {
  struct Dot {};
  struct Circle {
    double value;
  };
  struct Named {
    std::string value;
  };
  struct Other {
    std::string value;
  };
  std::variant<Dot, Circle, Named, Other> value;
};

struct Mixed {
  std::uint8_t a;
  std::uint64_t b;
  std::uint16_t c;
  std::string d;
};

struct Owner {
  std::unique_ptr<Node> first;
  std::optional<std::unique_ptr<Node>> second;
  std::expected<Borrow<Node>, GuestResource<Tag>> third;
};

}  // namespace

namespace abi {
template <>
struct Codec<Small> : EnumCodec<Small, 2> {};
template <>
struct Codec<Shape> : VariantCodec<Shape> {};
template <>
struct Codec<Mixed> : RecordCodec<&Mixed::a, &Mixed::b, &Mixed::c, &Mixed::d> {};
template <>
struct Codec<Owner> : RecordCodec<&Owner::first, &Owner::second, &Owner::third> {};
}  // namespace abi

namespace {

static_assert(has_layout<bool>(1, 1, 1));
static_assert(has_layout<std::uint8_t>(1, 1, 1));
static_assert(has_layout<std::int16_t>(2, 2, 1));
static_assert(has_layout<std::uint32_t>(4, 4, 1));
static_assert(has_layout<std::int64_t>(8, 8, 1));
static_assert(has_layout<float>(4, 4, 1));
static_assert(has_layout<double>(8, 8, 1));
static_assert(has_layout<char32_t>(4, 4, 1));
static_assert(has_layout<std::string>(8, 4, 2));
static_assert(has_layout<std::string_view>(8, 4, 2));
static_assert(has_layout<std::vector<double>>(8, 4, 2));
static_assert(has_layout<std::span<const std::uint8_t>>(8, 4, 2));
static_assert(has_layout<std::vector<bool>>(8, 4, 2));

// Fields are aligned one after the other, the whole to the largest alignment.
static_assert(has_layout<std::tuple<std::uint8_t, std::uint32_t, std::uint8_t>>(12, 4, 3));
static_assert(has_layout<std::tuple<std::uint8_t>>(1, 1, 1));
static_assert(has_layout<std::tuple<std::uint8_t, std::uint64_t>>(16, 8, 2));
static_assert(has_layout<Mixed>(32, 8, 5));
static_assert(abi::Codec<Mixed>::Layout::kTables.offset[3] == 20);

// Discriminant first, payload at its own alignment.
static_assert(has_layout<std::optional<std::uint8_t>>(2, 1, 2));
static_assert(has_layout<std::optional<std::uint64_t>>(16, 8, 2));
static_assert(has_layout<std::optional<std::string>>(12, 4, 3));
static_assert(has_layout<std::optional<std::optional<std::uint16_t>>>(6, 2, 3));
static_assert(has_layout<std::expected<std::monostate, std::monostate>>(1, 1, 1));
static_assert(has_layout<std::expected<std::uint16_t, std::string>>(12, 4, 3));
static_assert(has_layout<std::expected<std::monostate, std::uint64_t>>(16, 8, 2));
static_assert(has_layout<Shape>(16, 8, 3));
static_assert(has_layout<Small>(1, 1, 1));

// 256 cases still fit a byte, 65536 two.
static_assert(abi::discriminant_size(1) == 1 && abi::discriminant_size(256) == 1);
static_assert(abi::discriminant_size(257) == 2 && abi::discriminant_size(65536) == 2);
static_assert(abi::discriminant_size(65537) == 4);

static_assert(has_layout<Flags<Bit, 1>>(1, 1, 1) && has_layout<Flags<Bit, 8>>(1, 1, 1));
static_assert(has_layout<Flags<Bit, 9>>(2, 2, 1) && has_layout<Flags<Bit, 16>>(2, 2, 1));
static_assert(has_layout<Flags<Bit, 17>>(4, 4, 1) && has_layout<Flags<Bit, 32>>(4, 4, 1));
static_assert(has_layout<Flags<Bit, 33>>(8, 4, 2) && has_layout<Flags<Bit, 64>>(8, 4, 2));
static_assert(has_layout<Flags<Bit, 65>>(12, 4, 3));

// Handles are counted in every case of a variant, also when only one can be there.
static_assert(has_layout<std::unique_ptr<Node>>(4, 4, 1, 1));
static_assert(has_layout<Borrow<Node>>(4, 4, 1, 1));
static_assert(has_layout<GuestResource<Tag>>(4, 4, 1, 1));
static_assert(has_layout<GuestBorrow<Tag>>(4, 4, 1, 1));
static_assert(has_layout<std::vector<std::unique_ptr<Node>>>(8, 4, 2, 1));
static_assert(has_layout<Owner>(20, 4, 5, 4));

// At most 16 parameters are passed flat, at most one result.
template <std::size_t N>
using Numbers = decltype([]<std::size_t... I>(std::index_sequence<I...>) {
  return abi::ParametersAbi<std::conditional_t<I == N, int, std::uint32_t>...>();
}(std::make_index_sequence<N>()));
static_assert(Numbers<0>::kFlat == 0);
static_assert(Numbers<16>::kFlat == 16);
static_assert(Numbers<17>::kFlat == HN_IN_MEMORY && Numbers<17>::kSize == 68);
static_assert(abi::ParametersAbi<std::string, std::string, Mixed, Mixed, bool, bool>::kFlat == 16);
static_assert(abi::ResultAbi<void>::kFlat == 0);
static_assert(abi::ResultAbi<bool>::kFlat == 1);
static_assert(abi::ResultAbi<std::tuple<double>>::kFlat == 1);
static_assert(abi::ResultAbi<std::string>::kFlat == HN_IN_MEMORY);

TEST(Layout, IsCheckedWhileThisFileCompiles) {
  // What could only be wrong at run time: the parts of a flags value that have no label.
  Flags<Bit, 33> flags;
  flags.set_word(0, UINT32_MAX);
  flags.set_word(1, UINT32_MAX);
  EXPECT_EQ(flags.words()[0], UINT32_MAX);
  EXPECT_EQ(flags.words()[1], 1U);
}

}  // namespace
}  // namespace hermes::wasm

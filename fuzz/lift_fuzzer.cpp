// Lifts a value of every kind of type from arbitrary memory, core values, handles and encodings, as
// a hostile guest would arrange them. What is accepted must be well formed, must lie inside of the
// memory (AddressSanitizer watches), and must come back the same when it is lowered and lifted.
//
// Input: kind of value, encoding, way (flat or memory), number of handles, then core values and
// memory.
#include "wasm/testing/guest_memory.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace hermes::wasm {
namespace {

enum class Level : std::uint8_t {};
enum class Wide : std::uint16_t {};
enum class Label : std::uint8_t {};

struct Shape {
  struct Dot {
    bool operator==(const Dot&) const = default;
  };
  struct At {
    std::tuple<std::uint8_t, std::int64_t> value{};
    bool operator==(const At&) const = default;
  };
  struct Named {
    std::string value;
    bool operator==(const Named&) const = default;
  };
  struct Letters {
    std::vector<char32_t> value;
    bool operator==(const Letters&) const = default;
  };
  std::variant<Dot, At, Named, Letters> value;
  bool operator==(const Shape&) const = default;
};

struct Everything {
  bool flag{};
  Level level{};
  Wide wide{};
  std::optional<std::optional<std::string>> text;
  std::expected<std::vector<Shape>, std::monostate> shapes;
  std::vector<bool> bools;
  Flags<Label, 35> labels;
  std::vector<std::vector<std::uint64_t>> numbers;
  bool operator==(const Everything&) const = default;
};

struct Node : HostResource {};

}  // namespace

namespace abi {
template <>
struct Codec<Level> : EnumCodec<Level, 3> {};
template <>
struct Codec<Wide> : EnumCodec<Wide, 257> {};
template <>
struct Codec<Shape> : VariantCodec<Shape> {};
template <>
struct Codec<Everything> : RecordCodec<&Everything::flag, &Everything::level, &Everything::wide,
                                       &Everything::text, &Everything::shapes, &Everything::bools,
                                       &Everything::labels, &Everything::numbers> {};
}  // namespace abi

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

/// Takes values from the front of the input; zeros when there is nothing left.
class Input {
 public:
  explicit Input(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}
  template <class T>
  T take() {
    T value{};
    const std::size_t size = std::min(sizeof(T), bytes_.size());
    std::memcpy(&value, bytes_.data(), size);
    bytes_ = bytes_.subspan(size);
    return value;
  }
  [[nodiscard]] std::span<const std::uint8_t> rest() const { return bytes_; }

 private:
  std::span<const std::uint8_t> bytes_;
};

struct Guest {
  explicit Guest(Input& input) {
    encoding = static_cast<hn_string_encoding>(input.take<std::uint8_t>() % 3);
    flat_way = input.take<std::uint8_t>() % 2 == 0;
    handles.resize(input.take<std::uint8_t>() % 4);
    for (std::uint32_t& handle : handles) handle = input.take<std::uint8_t>() % 4;
    for (hn_val& value : flat) value.bits = input.take<std::uint64_t>();
    // Of exactly the size of the input, so that every byte outside of it is noticed; at an address
    // that suits any type, as that of a linear memory does.
    size = input.rest().size();
    memory.reset(new (std::align_val_t(16)) std::byte[size + 1]);
    std::ranges::copy(std::as_bytes(input.rest()), memory.get());
    context.set_limits({.lift_bytes = 1 << 14, .max_handles = 10});
  }
  struct Free {
    void operator()(std::byte* bytes) const { ::operator delete[](bytes, std::align_val_t(16)); }
  };
  std::unique_ptr<std::byte[], Free> memory;
  std::size_t size = 0;
  hn_string_encoding encoding{};
  bool flat_way = false;
  std::vector<std::uint32_t> handles;
  hn_val flat[32]{};
  CallContext context;

  template <class T>
  std::optional<T> lift() {
    const hn_lifted values{.flat = flat,
                           .offset = static_cast<std::uint32_t>(flat[0].bits),
                           .encoding = encoding,
                           .memory = reinterpret_cast<std::uint8_t*>(memory.get()),
                           .memory_size = size,
                           .handles = handles.data(),
                           .handle_count = handles.size()};
    abi::LiftContext lift_context(context, values);
    std::optional<T> value(std::in_place);
    static_assert(abi::Codec<T>::kFlatCount <= std::size(decltype(flat){}));
    bool lifted = false;
    if (flat_way) {
      lifted = abi::Codec<T>::lift_flat(lift_context, flat, *value);
    } else if (lift_context.check_block("value", values.offset, 1, abi::Codec<T>::kSize,
                                        abi::Codec<T>::kAlignment, 1)) {
      lifted = abi::Codec<T>::load(lift_context, lift_context.at(values.offset), *value);
    }
    if (!lifted) {
      require(!context.internals().failure.empty());
      return std::nullopt;
    }
    return value;
  }
};

/// Lifts a T; lowers what was accepted, and lifts it again.
template <class T>
void round_trip(Guest& guest) {
  std::optional<T> value = guest.lift<T>();
  if (!value.has_value()) return;
  testing::GuestMemory again(guest.encoding, 1 << 17);
  const std::optional<std::uint32_t> at = again.store(*value);
  require(at.has_value());
  const std::optional<T> same = again.load<T>(*at);
  require(same.has_value() && *same == *value);
}

void views(Guest& guest) {
  using View = std::span<
      const std::tuple<std::string_view, std::span<const bool>, std::span<const std::uint32_t>>>;
  const std::optional<View> value = guest.lift<View>();
  if (!value.has_value()) return;
  std::uint64_t sum = 0;
  for (const auto& [text, bools, numbers] : *value) {
    require(abi::is_utf8_full(text.data(), text.size()));
    for (const bool each : bools) sum += each ? 1 : 0;
    for (const std::uint32_t each : numbers) sum += each;
  }
  // The sum is used, so that all of it is read.
  require(sum != UINT64_MAX);
}

void handles(Guest& guest) {
  auto first = std::make_unique<Node>();
  auto second = std::make_unique<Node>();
  require(guest.context.resources().insert(first) == 0U);
  require(guest.context.resources().insert(second) == 1U);
  using Value = std::tuple<Borrow<Node>, std::optional<std::unique_ptr<Node>>,
                           std::vector<std::unique_ptr<Node>>>;
  const std::optional<Value> value = guest.lift<Value>();
  if (value.has_value()) require(guest.context.resources().slots_in_use() <= 2);
}

}  // namespace
}  // namespace hermes::wasm

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hermes::wasm;
  Input input(std::span(data, size));
  const auto kind = input.take<std::uint8_t>();
  Guest guest(input);
  switch (kind % 6) {
    case 0:
      round_trip<Everything>(guest);
      break;
    case 1:
      round_trip<std::vector<Everything>>(guest);
      break;
    case 2:
      round_trip<std::vector<std::string>>(guest);
      break;
    case 3:
      round_trip<std::string>(guest);
      break;
    case 4:
      views(guest);
      break;
    default:
      handles(guest);
      break;
  }
  return 0;
}

// The host side of testing/wit, written as the generator writes it.
#pragma once

#include "base/result.hpp"
#include "wasm/abi/codecs.hpp"
#include "wasm/completion.hpp"
#include "wasm/export_call.hpp"
#include "wasm/linker.hpp"

#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hermes::wasm::testing {

enum class Level : std::uint8_t { kLow, kHigh };
enum class RightsFlag : std::uint8_t { kRead, kWrite, kFollow };
using Rights = Flags<RightsFlag, 3>;

struct Shape {
  struct Dot {};
  struct Circle {
    double value{};
  };
  struct Named {
    std::string_view value;
  };
  std::variant<Dot, Circle, Named> value;
};

struct Entry {
  std::string name;
  std::uint64_t value{};
};

/// What a node counts about itself, so that tests see how many are alive.
class Node : public HostResource {
 public:
  /// `destroyed`: counts what the destructor does; may be null.
  Node(std::string name, int& alive, int* destroyed = nullptr)
      : name_(std::move(name)), alive_(alive), destroyed_(destroyed) {
    ++alive_;
  }
  ~Node() override {
    --alive_;
    if (destroyed_ != nullptr) ++*destroyed_;
  }
  HostResult<std::uint32_t> size(CallContext& /*call*/) {
    return static_cast<std::uint32_t>(name_.size());
  }
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] int& alive() const { return alive_; }

 private:
  std::string name_;
  int& alive_;
  int* destroyed_;
};

class Host {
 public:
  HostResult<std::uint32_t> take_string(CallContext& /*call*/, std::string_view s) {
    seen = s;
    return static_cast<std::uint32_t>(s.size());
  }
  HostResult<std::uint32_t> take_bytes(CallContext& /*call*/, std::span<const std::uint8_t> b) {
    return std::accumulate(b.begin(), b.end(), std::uint32_t{0});
  }
  HostResult<std::uint64_t> take_words(CallContext& /*call*/, std::span<const std::uint64_t> w) {
    return std::accumulate(w.begin(), w.end(), std::uint64_t{0});
  }
  HostResult<std::uint32_t> take_char(CallContext& /*call*/, char32_t c) { return c; }
  HostResult<std::uint32_t> take_level(CallContext& /*call*/, Level level) {
    return static_cast<std::uint32_t>(level);
  }
  HostResult<std::uint32_t> take_shape(CallContext& /*call*/, const Shape& shape) {
    return static_cast<std::uint32_t>(shape.value.index());
  }
  HostResult<std::uint32_t> take_option(CallContext& /*call*/, std::optional<std::uint32_t> o) {
    return o.value_or(0);
  }
  HostResult<std::uint32_t> take_texts(CallContext& /*call*/,
                                       std::span<const std::string_view> texts) {
    std::uint32_t size = 0;
    for (const std::string_view each : texts) size += static_cast<std::uint32_t>(each.size());
    return size;
  }
  HostResult<std::uint32_t> take_rights(CallContext& /*call*/, Rights rights) {
    return rights.words()[0];
  }
  HostResult<std::uint32_t> take_many(CallContext& /*call*/, std::uint8_t a, std::uint32_t b,
                                      std::uint64_t c, std::string_view d, std::uint32_t e,
                                      std::uint32_t f, std::uint32_t g, std::uint32_t h,
                                      std::uint32_t i, std::uint32_t j, std::uint32_t k,
                                      std::uint32_t l, std::uint32_t m, std::uint32_t n,
                                      std::uint32_t o, std::uint32_t p, std::uint32_t q) {
    seen = d;
    return static_cast<std::uint32_t>(a + b + c + e + f + g + h + i + j + k + l + m + n + o + p) +
           1000 * q;
  }
  HostResult<std::string> give_string(CallContext& /*call*/) { return text; }
  HostResult<std::vector<std::uint8_t>> give_bytes(CallContext& /*call*/, std::uint32_t size) {
    std::vector<std::uint8_t> bytes(size);
    std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
    return bytes;
  }
  HostResult<std::vector<Entry>> give_entries(CallContext& /*call*/) {
    return std::vector<Entry>{{"one", 1}, {"", 2}, {"three", UINT64_MAX}};
  }
  HostResult<void> refuse(CallContext& /*call*/, std::string_view reason) {
    return trap(std::string(reason));
  }
  void wait(CallContext& /*call*/, std::uint32_t n, Completion<std::string> done) {
    on_wait(n, std::move(done));
  }
  HostResult<std::unique_ptr<Node>> make_node(CallContext& /*call*/, std::string_view name) {
    return new_node(std::string(name));
  }
  HostResult<std::unique_ptr<Node>> node_join(CallContext& /*call*/, std::unique_ptr<Node> a,
                                              Node& b) {
    return new_node(a->name() + b.name());
  }
  HostResult<void> keep(CallContext& /*call*/, Node& /*n*/) { return {}; }
  HostResult<void> consume(CallContext& /*call*/, std::unique_ptr<Node> /*n*/) { return {}; }
  // By value, as the generator declares it: the nodes are given away.
  HostResult<std::uint32_t> take_nodes(CallContext& /*call*/,
                                       // NOLINTNEXTLINE(performance-unnecessary-value-param)
                                       std::vector<std::unique_ptr<Node>> nodes) {
    std::uint32_t size = 0;
    for (const auto& node : nodes) size += static_cast<std::uint32_t>(node->name().size());
    return size;
  }
  HostResult<std::uint32_t> compare(CallContext& /*call*/, Node& a, Node& b) {
    return a.name() == b.name() ? 1 : 0;
  }
  HostResult<void> exchange(CallContext& /*call*/, Node& /*lent*/,
                            std::unique_ptr<Node> /*given*/) {
    return {};
  }
  HostResult<std::string> name_of(CallContext& /*call*/, Node& n) { return n.name(); }
  HostResult<std::expected<std::vector<std::unique_ptr<Node>>, std::string>> give_nodes(
      CallContext& /*call*/, std::uint32_t count) {
    if (count > 100'000) return error_result("too many");
    std::vector<std::unique_ptr<Node>> nodes;
    nodes.reserve(count);
    for (std::uint32_t index = 0; index < count; ++index) {
      nodes.push_back(new_node(std::string(index + 1, 'n')));
    }
    return nodes;
  }

  /// What a guest last passed as text.
  std::string seen;
  /// What give_string answers.
  std::string text = "hello";
  /// Nodes that live.
  int alive = 0;
  /// How often the destructor of each node ran that this host has made, in their order.
  std::deque<int> destroyed;
  /// What happens when the guest waits.
  std::move_only_function<void(std::uint32_t, Completion<std::string>)> on_wait;

 private:
  std::unique_ptr<Node> new_node(std::string name) {
    return std::make_unique<Node>(std::move(name), alive, &destroyed.emplace_back(0));
  }
};

[[nodiscard]] Result<void> link(Linker& linker, Host& host);

struct JobTag;
using Job = GuestResource<JobTag>;
using JobBorrow = GuestBorrow<JobTag>;

inline constexpr FunctionType kRunExportType{"", "run", "func() -> u32"};
using RunExport = TypedCall<kRunExportType, std::uint32_t()>;

inline constexpr FunctionType kMakeJobType{"hermes:test/worker", "[constructor]job",
                                           "func(string) -> own<hermes:test/worker.job>"};
using MakeJob = TypedCall<kMakeJobType, Job(std::string_view)>;
inline constexpr FunctionType kJobStepType{"hermes:test/worker", "[method]job.step",
                                           "func(borrow<hermes:test/worker.job>, u32) -> u32"};
using JobStep = TypedCall<kJobStepType, std::uint32_t(JobBorrow, std::uint32_t)>;
inline constexpr FunctionType kJobAbsorbType{
    "hermes:test/worker", "[static]job.absorb",
    "func(own<hermes:test/worker.job>, borrow<hermes:test/worker.job>) -> "
    "own<hermes:test/worker.job>"};
using JobAbsorb = TypedCall<kJobAbsorbType, Job(Job, JobBorrow)>;
inline constexpr FunctionType kVisitType{"hermes:test/worker", "visit",
                                         "func(borrow<hermes:test/api.node>) -> u32"};
using Visit = TypedCall<kVisitType, std::uint32_t(Node&)>;
inline constexpr FunctionType kAdoptType{"hermes:test/worker", "adopt",
                                         "func(own<hermes:test/api.node>) -> u32"};
using Adopt = TypedCall<kAdoptType, std::uint32_t(std::unique_ptr<Node>)>;

inline constexpr FunctionType kTextType{"hermes:test/echo", "text", "func(string) -> string"};
using EchoText = TypedCall<kTextType, std::string(std::string_view)>;
inline constexpr FunctionType kNothingType{"hermes:test/echo", "nothing", "func(string)"};
using EchoNothing = TypedCall<kNothingType, void(std::string_view)>;
inline constexpr FunctionType kNumbersType{"hermes:test/echo", "numbers",
                                           "func(list<u32>) -> list<u32>"};
using EchoNumbers =
    TypedCall<kNumbersType, std::vector<std::uint32_t>(std::span<const std::uint32_t>)>;
inline constexpr FunctionType kManyType{
    "hermes:test/echo", "many",
    "func(u8, u32, u64, string, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32, u32) "
    "-> u64"};
using U32 = std::uint32_t;
using EchoMany =
    TypedCall<kManyType, std::uint64_t(std::uint8_t, U32, std::uint64_t, std::string_view, U32, U32,
                                       U32, U32, U32, U32, U32, U32, U32, U32, U32, U32, U32)>;

}  // namespace hermes::wasm::testing

namespace hermes::wasm::abi {
template <>
struct Codec<testing::Level> : EnumCodec<testing::Level, 2> {};
template <>
struct Codec<testing::Shape> : VariantCodec<testing::Shape> {};
template <>
struct Codec<testing::Entry> : RecordCodec<&testing::Entry::name, &testing::Entry::value> {};
}  // namespace hermes::wasm::abi

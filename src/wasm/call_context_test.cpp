// What a call context owns: arena, result slot, resources, the host function that is pending.
#include "wasm/call_context.hpp"

#include "wasm/completion.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hermes::wasm {
namespace {

TEST(ArenaTest, BlocksAreAlignedAndDoNotOverlap) {
  Arena arena;
  struct Block {
    std::byte* at;
    std::size_t size;
  };
  for (int round = 0; round < 3; ++round) {
    std::vector<Block> blocks;
    std::size_t size = 1;
    for (int count = 0; count < 60; ++count) {
      const std::size_t alignment = std::size_t{1} << (count % 5);
      auto* const at = static_cast<std::byte*>(arena.allocate_bytes(size, alignment));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at) % alignment, 0U);
      std::fill_n(at, size, static_cast<std::byte>(count));
      blocks.push_back({at, size});
      size = size * 5 / 4 + 1;
    }
    for (std::size_t count = 0; count < blocks.size(); ++count) {
      for (std::size_t index = 0; index < blocks[count].size; ++index) {
        ASSERT_EQ(blocks[count].at[index], static_cast<std::byte>(count));
      }
    }
    arena.reset();
  }
}

TEST(ArenaTest, UsesItsFirstMemoryAgain) {
  Arena arena;
  void* const first = arena.allocate_bytes(100, 8);
  arena.reset();
  EXPECT_EQ(arena.allocate_bytes(100, 8), first);
}

TEST(ArenaTest, KeepsOneChunkUnlessItIsLarge) {
  Arena arena;
  void* const chunk = arena.allocate_bytes(Arena::kInlineBytes + 1, 8);
  arena.reset();
  EXPECT_EQ(arena.allocate_bytes(1, 8), chunk);
  static_cast<void>(arena.allocate_bytes(Arena::kMaxKeptChunkBytes + 1, 8));
  arena.reset();
  EXPECT_NE(arena.allocate_bytes(1, 8), chunk) << "back to its own memory";
}

struct Counted {
  explicit Counted(int& alive_objects) : alive(alive_objects) { ++alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --alive; }
  int& alive;
};

template <std::size_t Bytes>
struct Padded : Counted {
  using Counted::Counted;
  std::array<std::byte, Bytes> bytes{};
};

TEST(ResultSlotTest, HoldsOneValueOfAnySize) {
  int alive = 0;
  ResultSlot slot;
  auto& small = slot.emplace_with<Padded<8>>([&] { return Padded<8>(alive); });
  EXPECT_EQ(&slot.get<Padded<8>>(), &small);
  EXPECT_EQ(alive, 1);
  auto& large = slot.emplace_with<Padded<1000>>([&] { return Padded<1000>(alive); });
  EXPECT_EQ(&slot.get<Padded<1000>>(), &large);
  EXPECT_EQ(alive, 1) << "the one before is gone";
  slot.clear();
  slot.clear();
  EXPECT_EQ(alive, 0);
  slot.emplace_with<int>([] { return 7; });
  EXPECT_EQ(slot.get<int>(), 7);
}

struct Node : HostResource, Counted {
  using Counted::Counted;
};
struct Other : HostResource {};

TEST(ResourceTableTest, SlotsAreTypedAndReused) {
  int alive = 0;
  ResourceTable table(3);
  auto first = std::make_unique<Node>(alive);
  auto second = std::make_unique<Node>(alive);
  const std::uint32_t a = table.insert(first).value();
  const std::uint32_t b = table.insert(second).value();
  EXPECT_NE(a, b);
  EXPECT_NE(table.find<Node>(a), nullptr);
  EXPECT_EQ(table.find<Other>(a), nullptr);
  EXPECT_EQ(table.take<Other>(a), nullptr);
  EXPECT_EQ(table.find<Node>(99), nullptr);
  EXPECT_TRUE(table.drop(a));
  EXPECT_EQ(alive, 1);
  EXPECT_FALSE(table.drop(a));
  EXPECT_EQ(table.find<Node>(a), nullptr);
  auto third = std::make_unique<Node>(alive);
  EXPECT_EQ(table.insert(third), a);
  EXPECT_EQ(table.slots_in_use(), 2U);
}

TEST(ResourceTableTest, IsBounded) {
  int alive = 0;
  ResourceTable table(1);
  auto first = std::make_unique<Node>(alive);
  auto second = std::make_unique<Node>(alive);
  const std::uint32_t a = table.insert(first).value();
  EXPECT_FALSE(table.insert(second).has_value());
  EXPECT_NE(second, nullptr) << "untouched";
  EXPECT_FALSE(table.insert_borrowed(*second).has_value());
  EXPECT_NE(table.take<Node>(a), nullptr);
  EXPECT_TRUE(table.insert(second).has_value());
}

TEST(ResourceTableTest, LentObjectsAreNotDestroyed) {
  int alive = 0;
  Node node(alive);
  {
    ResourceTable table;
    const std::uint32_t slot = table.insert_borrowed(node).value();
    EXPECT_EQ(table.find<Node>(slot), &node);
    EXPECT_EQ(table.take<Node>(slot), nullptr);
  }
  EXPECT_EQ(alive, 1);
}

/// Counts wakes. Reference counted, as calls are.
struct Sleeper final : WakeTarget {
  explicit Sleeper(std::atomic<int>& counter) : wakes(counter) {}
  void wake() noexcept override { ++wakes; }
  std::atomic<int>& wakes;
};

struct Pending {
  std::atomic<int> wakes = 0;
  Ref<CompletionState<int>> state =
      Ref<CompletionState<int>>::adopt(new CompletionState<int>(Waker::adopt(new Sleeper(wakes))));
  Completion<int> completion{state};
};

TEST(CompletionTest, WakesOnlyACallThatWaits) {
  Pending at_once;
  std::move(at_once.completion).complete(1);
  EXPECT_TRUE(at_once.state->ready_or_wait());
  EXPECT_EQ(at_once.wakes, 0) << "nobody waited yet";
  EXPECT_EQ(at_once.state->result->value(), 1);

  Pending later;
  EXPECT_FALSE(later.state->ready_or_wait());
  EXPECT_FALSE(later.state->ready_or_wait());
  std::move(later.completion).complete(trap("no"));
  EXPECT_EQ(later.wakes, 1);
  EXPECT_TRUE(later.state->ready_or_wait());
  EXPECT_EQ(later.state->result->error().message, "no");
}

TEST(CompletionTest, CancelRunsTheCallbackOnce) {
  Pending pending;
  int first = 0;
  int second = 0;
  pending.completion.on_cancel([&] { ++first; });
  pending.completion.on_cancel([&] { ++second; });
  EXPECT_FALSE(pending.completion.cancelled());
  pending.state->cancel();
  pending.state->cancel();
  EXPECT_EQ(first, 0) << "replaced";
  EXPECT_EQ(second, 1);
  EXPECT_TRUE(pending.completion.cancelled());
  pending.completion.on_cancel([&] { ++first; });
  EXPECT_EQ(first, 1) << "too late to wait for it";
  std::move(pending.completion).complete(1);
  EXPECT_EQ(pending.wakes, 0);
  EXPECT_FALSE(pending.state->ready_or_wait());
}

TEST(CompletionTest, ADoneOneIsNotCancelled) {
  Pending pending;
  int cancelled = 0;
  pending.completion.on_cancel([&] { ++cancelled; });
  std::move(pending.completion).complete(1);
  pending.state->cancel();
  EXPECT_EQ(cancelled, 0);
}

TEST(CompletionTest, CompletingAndCancellingFromTwoThreadsChoosesOne) {
  for (int round = 0; round < 200; ++round) {
    Pending pending;
    std::atomic<int> cancelled = 0;
    pending.completion.on_cancel([&] { ++cancelled; });
    ASSERT_FALSE(pending.state->ready_or_wait());
    std::thread other([&] { std::move(pending.completion).complete(round); });
    pending.state->cancel();
    other.join();
    EXPECT_EQ(pending.wakes + cancelled, 1);
    EXPECT_EQ(pending.state->ready_or_wait(), pending.wakes == 1);
  }
}

TEST(CallContextTest, ResetCancelsAndDestroysEverything) {
  int alive = 0;
  std::atomic<int> wakes = 0;
  CallContext context;
  context.set_waker(Waker::adopt(new Sleeper(wakes)));
  auto node = std::make_unique<Node>(alive);
  ASSERT_TRUE(context.resources().insert(node).has_value());
  context.internals().result.emplace_with<Padded<8>>([&] { return Padded<8>(alive); });
  Pending pending;
  bool cancelled = false;
  pending.completion.on_cancel([&] { cancelled = true; });
  context.internals().pending = Ref<PendingHostCall>::share(pending.state.get());
  EXPECT_EQ(alive, 2);
  context.reset();
  EXPECT_EQ(alive, 0);
  EXPECT_TRUE(cancelled);
  EXPECT_FALSE(context.waker());
}

}  // namespace
}  // namespace hermes::wasm

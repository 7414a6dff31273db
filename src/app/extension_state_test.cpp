#include "app/extension_state.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace hermes::app {
namespace {

struct First final : ExtensionState {
  int value = 1;
};
struct Second final : ExtensionState {
  explicit Second(bool& its_alive) : alive(its_alive) { alive = true; }
  ~Second() override { alive = false; }
  bool& alive;
};

constexpr StateSlot<First> kFirst(0);
constexpr StateSlot<Second> kSecond(3);

TEST(ExtensionStates, KeepsOneStateOfItsTypePerSlot) {
  bool alive = false;
  {
    ExtensionStates states;
    EXPECT_EQ(states.find(kFirst), nullptr);
    states.put(kSecond, std::make_unique<Second>(alive));
    EXPECT_EQ(states.find(kFirst), nullptr);
    First& first = states.put(kFirst, std::make_unique<First>());
    first.value = 7;
    EXPECT_EQ(states.get(kFirst).value, 7);
    EXPECT_EQ(states.find(kFirst), &first);
    EXPECT_TRUE(alive);
  }
  EXPECT_FALSE(alive);
}

TEST(ExtensionStates, OfTwoApplicationsAreTwo) {
  ExtensionStates one;
  ExtensionStates other;
  one.put(kFirst, std::make_unique<First>()).value = 2;
  other.put(kFirst, std::make_unique<First>());
  EXPECT_EQ(one.get(kFirst).value, 2);
  EXPECT_EQ(other.get(kFirst).value, 1);
}

}  // namespace
}  // namespace hermes::app

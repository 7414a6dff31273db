#include "base/object_pool.hpp"

#include <gtest/gtest.h>

#include <string>

namespace hermes {
namespace {

TEST(ObjectPool, LendsAgainWhatCameBack) {
  ObjectPool<std::string> pool(2);
  std::unique_ptr<std::string> text = pool.take("fresh");
  EXPECT_EQ(*text, "fresh");
  text->assign(1000, 'x');
  const std::string* address = text.get();
  pool.give(std::move(text));
  EXPECT_EQ(pool.idle(), 1U);

  text = pool.take("not used");
  EXPECT_EQ(text.get(), address);
  EXPECT_EQ(text->size(), 1000U);
  EXPECT_EQ(pool.idle(), 0U);
}

TEST(ObjectPool, KeepsNoMoreThanItsBound) {
  ObjectPool<int> pool(2);
  for (int i = 0; i < 5; ++i) pool.give(std::make_unique<int>(i));
  EXPECT_EQ(pool.idle(), 2U);
}

}  // namespace
}  // namespace hermes

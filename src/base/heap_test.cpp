#include "base/heap.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#include <malloc.h>

namespace hermes {
namespace {

/// Blocks that were mapped one by one.
std::size_t mapped_blocks() { return mallinfo2().hblks; }

TEST(Heap, LargeBlocksGoBackToTheSystemHoweverManyThereWere) {
  keep_heap_small();
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(round);
    const std::size_t before = mapped_blocks();
    void* block = std::malloc(std::size_t{8} << 20);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(mapped_blocks(), before + 1);
    std::free(block);
    EXPECT_EQ(mapped_blocks(), before);
  }
}

}  // namespace
}  // namespace hermes
#endif

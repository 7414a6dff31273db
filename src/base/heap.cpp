#include "base/heap.hpp"

// Says whether this is glibc.
#include <cstdlib>
#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace hermes {

void keep_heap_small() {
#if defined(__GLIBC__)
  // Larger blocks are mapped one by one and unmapped when they are freed. Setting one of the two
  // ends the adjustment of both. Cannot fail with values in their range (mallopt(3)).
  constexpr int kLargeBlockBytes = 4 << 20;
  ::mallopt(M_MMAP_THRESHOLD, kLargeBlockBytes);
  ::mallopt(M_TRIM_THRESHOLD, kLargeBlockBytes);
#endif
}

}  // namespace hermes

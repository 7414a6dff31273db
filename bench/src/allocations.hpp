// Counts the allocations of C++ code in this program, by its own operator new.
#pragma once

#include <cstdint>

namespace hermes::bench {

/// Begins, or ends, to count.
void count_allocations(bool on) noexcept;

/// Calls of operator new by all threads, while counting.
[[nodiscard]] std::uint64_t allocation_count() noexcept;

}  // namespace hermes::bench

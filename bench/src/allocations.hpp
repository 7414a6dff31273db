// Counts the allocations of C++ code in this program, by its own operator new.
#pragma once

#include <cstdint>

namespace hermes::bench {

/// Calls of operator new so far, by all threads.
[[nodiscard]] std::uint64_t allocation_count() noexcept;

}  // namespace hermes::bench

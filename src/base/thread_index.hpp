// Small numbers for threads, to give each its own part of something shared.
#pragma once

#include <atomic>
#include <cstddef>

namespace hermes {

/// What two threads write to without sharing must lie this far apart, in bytes.
inline constexpr std::size_t kCacheLine = 64;

/// The number of the calling thread: given when it first asks, counted from 0, never given again.
inline std::size_t this_thread_index() {
  static constinit std::atomic<std::size_t> next{1};
  // 0: not asked yet. Initialised at compile time, so that reading it needs no guard.
  static constinit thread_local std::size_t number = 0;
  if (number == 0) number = next.fetch_add(1, std::memory_order_relaxed);
  return number - 1;
}

}  // namespace hermes

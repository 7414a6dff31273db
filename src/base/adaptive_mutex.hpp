// A mutex for critical sections of some dozens of nanoseconds.
#pragma once

#include <atomic>
#include <cstdint>

namespace hermes {

/// Tells the processor that the thread waits in a loop.
inline void cpu_relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield" ::: "memory");
#endif
}

/// Tries for a short while before it lets the kernel put the thread to sleep: a sleep and a wake-up
/// cost more than a hundred times what the holders of these locks do. Free, it is taken and given
/// back with one atomic operation each, inlined; std::mutex takes three times as long, which counts
/// where it is done several times per event. Not fair, not recursive. Meets Lockable.
class AdaptiveMutex {
 public:
  AdaptiveMutex() = default;
  AdaptiveMutex(const AdaptiveMutex&) = delete;
  AdaptiveMutex& operator=(const AdaptiveMutex&) = delete;

  void lock() {
    if (!try_lock()) lock_contended();
  }
  bool try_lock() {
    std::uint32_t expected = kFree;
    return state_.compare_exchange_strong(expected, kHeld, std::memory_order_acquire,
                                          std::memory_order_relaxed);
  }
  void unlock() {
    if (state_.exchange(kFree, std::memory_order_release) == kAwaited) state_.notify_one();
  }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kHeld = 1;
  /// Held, and some thread may sleep until it is free.
  static constexpr std::uint32_t kAwaited = 2;

  void lock_contended();

  std::atomic<std::uint32_t> state_{kFree};
};

}  // namespace hermes

// A mutex for critical sections of some dozens of nanoseconds.
#pragma once

#include <mutex>

namespace hermes {

/// Tells the processor that the thread waits in a loop.
inline void cpu_relax() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield" ::: "memory");
#endif
}

/// std::mutex that tries for a short while before it lets the kernel put the thread to sleep: a
/// sleep and a wake-up cost more than a hundred times what the holders of these locks do.
class AdaptiveMutex {
 public:
  void lock() {
    for (int i = 0; i < kSpins; ++i) {
      if (mutex_.try_lock()) return;
      cpu_relax();
    }
    mutex_.lock();
  }
  bool try_lock() { return mutex_.try_lock(); }
  void unlock() { mutex_.unlock(); }

 private:
  // About two microseconds: several times the longest critical section, far below a wake-up.
  static constexpr int kSpins = 60;
  std::mutex mutex_;
};

}  // namespace hermes

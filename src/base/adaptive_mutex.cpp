#include "base/adaptive_mutex.hpp"

namespace hermes {
namespace {

/// About two microseconds: several times the longest critical section, far below a wake-up.
constexpr int kSpins = 60;

}  // namespace

void AdaptiveMutex::lock_contended() {
  for (int i = 0; i < kSpins; ++i) {
    cpu_relax();
    // Looks before it tries: a try takes the cache line away from the holder.
    if (state_.load(std::memory_order_relaxed) == kFree && try_lock()) return;
  }
  // Whoever comes here once keeps the mark: others may sleep too, and one wake-up too many is
  // cheap.
  while (state_.exchange(kAwaited, std::memory_order_acquire) != kFree) {
    state_.wait(kAwaited, std::memory_order_relaxed);
  }
}

}  // namespace hermes

// Counters that many threads add to all the time, and that somebody reads now and then.
#pragma once

#include "base/thread_index.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace hermes {

/// A fixed number of counters, all from 0. Each thread adds to a part of its own, without a lock
/// and without a cache line that another thread writes; reading adds the parts up. A part is
/// allocated when its thread first adds: what nobody adds to takes half a KiB.
///
/// Any thread may add and read. What one thread has added before it synchronised with a reader is
/// in what that reader gets, and a counter that is read again by the same thread never goes down;
/// between counters that are read together there is no other promise.
class ShardedCounters {
 public:
  /// Threads that have a part for themselves: the first so many of the process that have asked for
  /// their number (thread_index.hpp). The others share one, with atomic additions.
  static constexpr std::size_t kOwnParts = 64;

  explicit ShardedCounters(std::size_t count) : count_(count) {}
  ~ShardedCounters();
  ShardedCounters(const ShardedCounters&) = delete;
  ShardedCounters& operator=(const ShardedCounters&) = delete;

  [[nodiscard]] std::size_t size() const { return count_; }

  /// The calling thread's part, for several additions in a row. Not kept.
  class Part {
   public:
    /// `counter` is below size().
    void add(std::size_t counter, std::uint64_t by = 1) {
      std::atomic<std::uint64_t>& value = values_[counter];
      if (owned_) {
        // Nobody else writes here: no need for an atomic addition, which takes several times as
        // long.
        value.store(value.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
      } else {
        value.fetch_add(by, std::memory_order_relaxed);
      }
    }

    /// Where it is, to see that parts lie apart.
    [[nodiscard]] const void* address(std::size_t counter) const { return &values_[counter]; }

   private:
    friend class ShardedCounters;
    Part(std::atomic<std::uint64_t>* values, bool owned) : values_(values), owned_(owned) {}
    std::atomic<std::uint64_t>* values_;
    bool owned_;
  };

  [[nodiscard]] Part here() {
    const std::size_t thread = this_thread_index();
    const bool owned = thread < kOwnParts;
    const std::size_t part = owned ? thread : kOwnParts;
    std::atomic<std::uint64_t>* values = parts_[part].load(std::memory_order_acquire);
    if (values == nullptr) values = make(part);
    return {values, owned};
  }
  void add(std::size_t counter, std::uint64_t by = 1) { here().add(counter, by); }

  /// The sum of one counter.
  [[nodiscard]] std::uint64_t read(std::size_t counter) const;
  /// The sums of all, in their order.
  [[nodiscard]] std::vector<std::uint64_t> read_all() const;

 private:
  std::atomic<std::uint64_t>* make(std::size_t part);

  std::size_t count_;
  std::array<std::atomic<std::atomic<std::uint64_t>*>, kOwnParts + 1> parts_{};
};

}  // namespace hermes

#include "base/sharded_counters.hpp"

#include <new>

namespace hermes {
namespace {

using Value = std::atomic<std::uint64_t>;

constexpr std::align_val_t kPartAlignment{kCacheLine};

Value* allocate(std::size_t count) {
  // Whole cache lines, so that two parts never meet in one.
  constexpr std::size_t kPerLine = kCacheLine / sizeof(Value);
  const std::size_t rounded = (count + kPerLine - 1) / kPerLine * kPerLine;
  return new (kPartAlignment) Value[rounded]{};
}

void free(Value* values) { ::operator delete[](values, kPartAlignment); }

}  // namespace

ShardedCounters::~ShardedCounters() {
  for (auto& part : parts_) free(part.load(std::memory_order_acquire));
}

std::atomic<std::uint64_t>* ShardedCounters::make(std::size_t part) {
  Value* values = allocate(count_);
  Value* present = nullptr;
  // Only the part that is shared can be made by two threads at once.
  if (!parts_[part].compare_exchange_strong(present, values, std::memory_order_acq_rel)) {
    free(values);
    return present;
  }
  return values;
}

std::uint64_t ShardedCounters::read(std::size_t counter) const {
  std::uint64_t sum = 0;
  for (const auto& part : parts_) {
    const std::atomic<std::uint64_t>* values = part.load(std::memory_order_acquire);
    if (values != nullptr) sum += values[counter].load(std::memory_order_relaxed);
  }
  return sum;
}

std::vector<std::uint64_t> ShardedCounters::read_all() const {
  std::vector<std::uint64_t> sums(count_);
  for (const auto& part : parts_) {
    const std::atomic<std::uint64_t>* values = part.load(std::memory_order_acquire);
    if (values == nullptr) continue;
    for (std::size_t i = 0; i < count_; ++i) sums[i] += values[i].load(std::memory_order_relaxed);
  }
  return sums;
}

}  // namespace hermes

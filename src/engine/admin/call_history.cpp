#include "engine/admin/call_history.hpp"

#include <algorithm>

namespace hermes::engine {

void CallHistory::add(const event::OutcomeCounts& calls) {
  const std::uint64_t completed = calls[event::Outcome::kCompleted];
  const Second now{.completed = completed, .failed = calls.total() - completed};
  const std::lock_guard lock(mutex_);
  if (begun_) {
    ring_[count_++ % kLength] = {.completed = now.completed - last_.completed,
                                 .failed = now.failed - last_.failed};
  }
  begun_ = true;
  last_ = now;
}

std::vector<CallHistory::Second> CallHistory::seconds() const {
  const std::lock_guard lock(mutex_);
  std::vector<Second> result;
  for (std::size_t i = count_ - std::min(count_, kLength); i < count_; ++i) {
    result.push_back(ring_[i % kLength]);
  }
  return result;
}

}  // namespace hermes::engine

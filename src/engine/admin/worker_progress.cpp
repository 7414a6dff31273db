#include "engine/admin/worker_progress.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>

namespace hermes::engine {

WorkerProgress::WorkerProgress(event::WorkerPool& workers, const Clock& clock)
    : workers_(workers), clock_(clock) {
  for (std::size_t i = 0; i < workers.size(); ++i) asked_.push_back(std::make_shared<Asked>());
}

void WorkerProgress::ask() {
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    if (asked_[i]->at.load() != kNever) continue;
    asked_[i]->at.store(clock_.steady().time_since_epoch().count());
    boost::asio::post(workers_.io(i), [asked = asked_[i]] { asked->at.store(kNever); });
  }
}

std::optional<WorkerProgress::Waiting> WorkerProgress::longest() const {
  const Duration now = clock_.steady().time_since_epoch();
  std::optional<Waiting> longest;
  for (std::size_t i = 0; i < asked_.size(); ++i) {
    const Duration::rep at = asked_[i]->at.load();
    if (at == kNever) continue;
    const Duration since = std::max(now - Duration{at}, Duration::zero());
    if (!longest || since > longest->since) longest = Waiting{.worker = i, .since = since};
  }
  return longest;
}

}  // namespace hermes::engine

#include "base/simulated_executor.hpp"

#include <utility>

namespace hermes {

bool SimulatedExecutor::step() {
  // The choices: each task that is ready, the work source and its background, and the timers that
  // are due.
  const bool source_ready = source_ != nullptr && source_->has_work();
  const bool background_ready = source_ != nullptr && source_->has_background_work();
  const std::optional<SteadyTime> soonest = timers_.next();
  const bool timer_due = soonest && *soonest <= now();
  const std::size_t choices =
      ready_.size() + (source_ready ? 1 : 0) + (background_ready ? 1 : 0) + (timer_due ? 1 : 0);
  if (choices == 0) return false;
  ++steps_;

  std::size_t choice = random_.below(choices);
  if (choice < ready_.size()) {
    std::swap(ready_[choice], ready_.back());
    Task* task = ready_.back();
    ready_.pop_back();
    task->run(*this);
    return true;
  }
  choice -= ready_.size();
  if (source_ready && choice-- == 0) {
    source_->run_one(*this);
    return true;
  }
  if (background_ready && choice == 0) {
    source_->run_background(*this);
    return true;
  }
  timers_.fire_due(now(), *this, 1);
  return true;
}

void SimulatedExecutor::run_ready() {
  while (step()) {
  }
}

bool SimulatedExecutor::run_until_idle(std::uint64_t max_steps) {
  for (std::uint64_t i = 0; i < max_steps; ++i) {
    if (step()) continue;
    const std::optional<SteadyTime> soonest = timers_.next();
    if (!soonest) return true;
    clock_.advance(*soonest - now());
  }
  return false;
}

void SimulatedExecutor::run_until(SteadyTime until) {
  for (;;) {
    run_ready();
    const std::optional<SteadyTime> soonest = timers_.next();
    if (!soonest || *soonest > until) break;
    clock_.advance(*soonest - now());
  }
  if (until > now()) clock_.advance(until - now());
}

}  // namespace hermes

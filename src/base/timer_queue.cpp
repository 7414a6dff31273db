#include "base/timer_queue.hpp"

#include <algorithm>

namespace hermes {

bool Timer::cancel() { return TimerQueue::cancel(*this); }

bool TimerQueue::schedule(Timer& timer, SteadyTime at) {
  if (timer.queue_ != this) {
    cancel(timer);
    timer.queue_ = this;
  }
  std::lock_guard lock(mutex_);
  timer.at_ = at;
  if (timer.index_ == Timer::kNotQueued) {
    heap_.push_back(&timer);
    timer.index_ = heap_.size() - 1;
    sift_up(timer.index_);
  } else {
    sift_up(timer.index_);
    sift_down(timer.index_);
  }
  note_soonest();
  return timer.index_ == 0;
}

bool TimerQueue::cancel(Timer& timer) {
  TimerQueue* queue = timer.queue_;
  if (queue == nullptr) return false;
  std::lock_guard lock(queue->mutex_);
  if (timer.index_ == Timer::kNotQueued) return false;
  queue->remove(timer.index_);
  queue->note_soonest();
  return true;
}

Timer* TimerQueue::pop_due(SteadyTime now) {
  if (!due(now)) return nullptr;
  std::lock_guard lock(mutex_);
  if (heap_.empty() || heap_.front()->at_ > now) return nullptr;
  Timer* timer = heap_.front();
  remove(0);
  note_soonest();
  return timer;
}

std::size_t TimerQueue::fire_due(SteadyTime now, Executor& here, std::size_t limit) {
  std::size_t fired = 0;
  // One at a time: a timer that was taken out may be scheduled again, elsewhere, before it is told.
  while (fired < limit) {
    Timer* timer = pop_due(now);
    if (timer == nullptr) break;
    timer->on_time(here);
    ++fired;
  }
  return fired;
}

std::optional<SteadyTime> TimerQueue::next() const {
  const std::int64_t soonest = soonest_.load();
  if (soonest == kNever) return std::nullopt;
  return SteadyTime{Duration{soonest}};
}

void TimerQueue::note_soonest() {
  const std::int64_t soonest =
      heap_.empty() ? kNever : heap_.front()->at_.time_since_epoch().count();
  if (soonest_.load(std::memory_order_relaxed) != soonest) soonest_.store(soonest);
}

std::size_t TimerQueue::size() const {
  std::lock_guard lock(mutex_);
  return heap_.size();
}

void TimerQueue::sift_up(std::size_t index) {
  Timer& timer = *heap_[index];
  while (index > 0) {
    const std::size_t parent = (index - 1) / kArity;
    if (heap_[parent]->at_ <= timer.at_) break;
    place(index, *heap_[parent]);
    index = parent;
  }
  place(index, timer);
}

void TimerQueue::sift_down(std::size_t index) {
  Timer& timer = *heap_[index];
  for (;;) {
    const std::size_t first = index * kArity + 1;
    if (first >= heap_.size()) break;
    std::size_t soonest = first;
    const std::size_t end = std::min(first + kArity, heap_.size());
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_[child]->at_ < heap_[soonest]->at_) soonest = child;
    }
    if (timer.at_ <= heap_[soonest]->at_) break;
    place(index, *heap_[soonest]);
    index = soonest;
  }
  place(index, timer);
}

void TimerQueue::remove(std::size_t index) {
  heap_[index]->index_ = Timer::kNotQueued;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (index == heap_.size()) return;
  place(index, *last);
  sift_up(index);
  sift_down(last->index_);
}

}  // namespace hermes

#include "base/blocking.hpp"

#include <cassert>

namespace hermes {

void BlockingList::push_back(BlockingTask& task) {
  task.next_ = nullptr;
  (tail_ == nullptr ? head_ : tail_->next_) = &task;
  tail_ = &task;
}

BlockingTask* BlockingList::pop_front() {
  BlockingTask* task = head_;
  if (task == nullptr) return nullptr;
  head_ = task->next_;
  if (head_ == nullptr) tail_ = nullptr;
  return task;
}

bool BlockingList::remove(BlockingTask& task) {
  BlockingTask* before = nullptr;
  for (BlockingTask* each = head_; each != nullptr; before = each, each = each->next_) {
    if (each != &task) continue;
    (before == nullptr ? head_ : before->next_) = task.next_;
    if (tail_ == &task) tail_ = before;
    return true;
  }
  return false;
}

BlockingThread::BlockingThread() : thread_([this] { work(); }) {}

BlockingThread::~BlockingThread() {
  {
    const std::lock_guard lock(mutex_);
    assert(tasks_.empty() && "withdraw blocking tasks before their thread ends");
    stopping_ = true;
    changed_.notify_all();
  }
  thread_.join();
}

void BlockingThread::post(BlockingTask& task) {
  const std::lock_guard lock(mutex_);
  if (task.withdrawn_) return;
  tasks_.push_back(task);
  changed_.notify_all();
}

void BlockingThread::withdraw(BlockingTask& task) {
  std::unique_lock lock(mutex_);
  tasks_.remove(task);
  task.withdrawn_ = true;
  changed_.wait(lock, [&] { return running_ != &task; });
  task.withdrawn_ = false;
}

void BlockingThread::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !tasks_.empty(); });
    running_ = tasks_.pop_front();
    if (running_ == nullptr) return;
    lock.unlock();
    running_->run();
    lock.lock();
    running_ = nullptr;
    changed_.notify_all();
  }
}

void SimulatedBlocking::post(BlockingTask& task) {
  tasks_.push_back(task);
  if (posted_) return;
  posted_ = true;
  executor_.post(*this);
}

void SimulatedBlocking::run(Executor&) {
  posted_ = false;
  BlockingTask* task = tasks_.pop_front();
  if (!tasks_.empty()) {
    posted_ = true;
    executor_.post(*this);
  }
  // Withdrawn meanwhile: nothing is left to do.
  if (task != nullptr) task->run();
}

}  // namespace hermes

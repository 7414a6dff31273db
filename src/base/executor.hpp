// Where work runs: tasks, timers, and the sources that an idle executor takes work from.
//
// Everything is intrusive: the thing that wants to run carries the links that the executor needs,
// so that neither posting nor scheduling allocates.
#pragma once

#include "base/clock.hpp"

#include <cstddef>
#include <limits>

namespace hermes {

class Executor;
class TimerQueue;

/// Something to run once on an executor. It stays the poster's: it must live until run() is called,
/// and must not be posted again before that. It may be posted again from within run().
class Task {
 public:
  Task() = default;
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  virtual ~Task() = default;

  /// Called once per post, on a thread of `here`. Must not block, must not throw. May destroy the
  /// task.
  virtual void run(Executor& here) = 0;

 private:
  friend class TaskList;
  Task* next_task_ = nullptr;
};

/// Something to be told when a moment has come. It must be cancelled, or have fired, before it is
/// destroyed.
///
/// One thread at a time may schedule or cancel a timer; that need not be a thread of its executor.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() = default;

  /// Called once per schedule(), on a thread of the executor, at the time asked for or later. May
  /// schedule the timer again. Must not block, must not throw.
  virtual void on_time(Executor& here) = 0;

  /// Takes the timer back. true: on_time will not be called. false: it was not scheduled, or
  /// on_time has been called, is being called, or is just about to be: an owner that cancels from a
  /// foreign thread must bear a late call.
  bool cancel();

 private:
  friend class TimerQueue;
  static constexpr std::size_t kNotQueued = std::numeric_limits<std::size_t>::max();

  SteadyTime at_{};
  TimerQueue* queue_ = nullptr;
  std::size_t index_ = kNotQueued;  // guarded by the lock of queue_
};

/// Work that waits somewhere else until an executor has time for it. The events queue is one: what
/// runs next is chosen at the last moment, when a thread is there to run it.
class WorkSource {
 public:
  virtual ~WorkSource() = default;

  /// Runs a piece of work on the calling thread of `here`, and further ones while
  /// here.may_continue(). false: there was none. Safe to call from several threads.
  virtual bool run_one(Executor& here) = 0;
  /// Whether run_one would probably find something. Without a lock; sequentially consistent with
  /// work_available: after that was called, a thread that asks sees the work (unless it is gone).
  [[nodiscard]] virtual bool has_work() const = 0;

  /// The same for work that computes for long: a piece of it may keep its thread for a whole time
  /// slice. For threads that nothing else waits for.
  virtual bool run_background(Executor& here) = 0;
  [[nodiscard]] virtual bool has_background_work() const = 0;
};

/// Runs tasks and timers. What is posted to one executor may be run by another of the same pool.
class Executor {
 public:
  virtual ~Executor() = default;

  /// Runs `task` soon. Any thread.
  virtual void post(Task& task) = 0;

  /// Calls timer.on_time at `at`, or at once if that has passed. Any thread. If `timer` was
  /// scheduled, it is moved.
  virtual void schedule(Timer& timer, SteadyTime at) = 0;

  /// The time that this executor lives by.
  [[nodiscard]] virtual const Clock& clock() const = 0;
  virtual SteadyTime now() { return clock().steady(); }

  /// Tells that the work source has something that an idle thread could run. Any thread.
  virtual void work_available() = 0;
  /// The same for background work.
  virtual void background_work_available() = 0;

  /// Called from within a task or run_one(): it is about to return (or, with false, it is not after
  /// all). What it adds from now on needs no other thread to be woken, because this one will look.
  virtual void returning_soon(bool /*soon*/ = true) {}

  /// Called from within run_one(): whether the thread has nothing else to look at before another
  /// piece of work, so that run_one() may go on with it instead of returning.
  virtual bool may_continue() { return false; }
};

/// First in, first out list of tasks. Not synchronised.
class TaskList {
 public:
  [[nodiscard]] bool empty() const { return head_ == nullptr; }
  [[nodiscard]] std::size_t size() const { return size_; }

  void push_back(Task& task) {
    task.next_task_ = nullptr;
    (tail_ == nullptr ? head_ : tail_->next_task_) = &task;
    tail_ = &task;
    ++size_;
  }

  /// nullptr when empty.
  Task* pop_front() {
    Task* task = head_;
    if (task == nullptr) return nullptr;
    head_ = task->next_task_;
    if (head_ == nullptr) tail_ = nullptr;
    --size_;
    return task;
  }

 private:
  Task* head_ = nullptr;
  Task* tail_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace hermes

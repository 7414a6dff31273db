// Work that blocks (on the disk, as a rule), and therefore never runs on a worker.
#pragma once

#include "base/executor.hpp"

#include <condition_variable>
#include <mutex>
#include <thread>

namespace hermes {

/// Something to run once where it may block. It stays the poster's, and must not be posted again
/// before its run() was called; it may be posted again from within run(). Withdraw it before it is
/// destroyed.
class BlockingTask {
 public:
  BlockingTask() = default;
  BlockingTask(const BlockingTask&) = delete;
  BlockingTask& operator=(const BlockingTask&) = delete;
  virtual ~BlockingTask() = default;

  /// Called once per post. May block, must not throw, must not destroy the task.
  virtual void run() = 0;

 private:
  friend class BlockingList;
  friend class BlockingThread;
  BlockingTask* next_ = nullptr;
  // Being withdrawn: what it posts of itself meanwhile is ignored.
  bool withdrawn_ = false;
};

/// First in, first out list of blocking tasks. Not synchronised.
class BlockingList {
 public:
  [[nodiscard]] bool empty() const { return head_ == nullptr; }
  void push_back(BlockingTask& task);
  /// nullptr when empty.
  BlockingTask* pop_front();
  /// Whether it was there.
  bool remove(BlockingTask& task);

 private:
  BlockingTask* head_ = nullptr;
  BlockingTask* tail_ = nullptr;
};

/// Where blocking tasks run: one after the other, in the order in which they were posted.
class BlockingExecutor {
 public:
  virtual ~BlockingExecutor() = default;

  /// Runs `task` soon; not within this call. Any thread; does not block.
  virtual void post(BlockingTask& task) = 0;

  /// Takes `task` back: when this returns, it neither runs nor waits to run. What was posted and
  /// has not run never will. Waits while it runs, so not from within a task. Nobody may post it at
  /// the same time.
  virtual void withdraw(BlockingTask& task) = 0;
};

/// One thread of its own for them.
class BlockingThread final : public BlockingExecutor {
 public:
  BlockingThread();
  /// Every task has run or been withdrawn.
  ~BlockingThread() override;
  BlockingThread(const BlockingThread&) = delete;
  BlockingThread& operator=(const BlockingThread&) = delete;

  void post(BlockingTask& task) override;
  void withdraw(BlockingTask& task) override;

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  BlockingList tasks_;
  BlockingTask* running_ = nullptr;
  bool stopping_ = false;
  // Last: it uses all of the above.
  std::thread thread_;
};

/// Blocking tasks as steps of a simulation: each runs when the simulated executor chooses to, on
/// the thread of the test.
class SimulatedBlocking final : public BlockingExecutor, private Task {
 public:
  /// `executor` outlives it; what it was about to run here is forgotten by run_ready(), not by the
  /// destructor, so destroy it only when nothing is ready any more.
  explicit SimulatedBlocking(Executor& executor) : executor_(executor) {}

  void post(BlockingTask& task) override;
  void withdraw(BlockingTask& task) override { tasks_.remove(task); }

 private:
  void run(Executor& here) override;

  Executor& executor_;
  BlockingList tasks_;
  bool posted_ = false;
};

}  // namespace hermes

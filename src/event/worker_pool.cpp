#include "event/worker_pool.hpp"

#include "base/adaptive_mutex.hpp"
#include "base/timer_queue.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

namespace hermes::event {
namespace {

/// I/O is looked at after this many rounds of the loop, or when this much time has passed: often
/// enough that requests do not wait behind events, rarely enough that the system call does not
/// count (below one percent).
constexpr int kRoundsPerIo = 64;
constexpr Duration kTimePerIo = std::chrono::microseconds{200};

/// How often WorkerPoolConfig::watch is called while there is work.
constexpr Duration kWatchInterval = std::chrono::milliseconds{1};

/// Turns of the processor's pause instruction between two looks for work.
constexpr int kPausesPerLook = 8;

std::size_t usable_processors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) == 0) return static_cast<std::size_t>(CPU_COUNT(&set));
  return std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace

struct WorkerPool::Shared {
  Shared(WorkerPoolConfig its_config, const Clock& its_clock);
  ~Shared();

  WorkerPoolConfig config;
  const Clock& clock;
  WorkSource* source = nullptr;
  std::vector<std::unique_ptr<Worker>> workers;
  /// Threads that look for work in a loop. What is found while there is one needs no wake-up: it
  /// will see it.
  std::atomic<std::size_t> searching{0};
  std::atomic<std::size_t> parked{0};
  std::atomic<std::size_t> next_worker{0};
  std::atomic<bool> stopping{false};

  /// Lets a sleeping thread, if there is one and none is searching, look for work.
  void wake_one();
  /// Where something from a foreign thread goes.
  Worker& any();
};

/// One thread with its queues.
class WorkerPool::Worker final : public Executor {
 public:
  Worker(Shared& shared, std::size_t index)
      : shared_(shared),
        index_(index),
        io_(1),
        io_timer_(io_),
        wake_descriptor_(io_, make_eventfd()) {
    wait_for_wake();
  }

  void run();
  void join() {
    if (thread_.joinable()) thread_.join();
  }
  void start() {
    thread_ = std::thread([this] { run(); });
  }

  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  [[nodiscard]] std::size_t index() const { return index_; }
  [[nodiscard]] const Shared& shared() const { return shared_; }

  /// The worker that the calling thread is; nullptr: none, of any pool.
  static Worker*& current() {
    thread_local Worker* worker = nullptr;
    return worker;
  }

  /// Ends the sleep of this thread. false: it does not sleep.
  bool wake() {
    if (!parked_.load() || !parked_.exchange(false)) return false;
    shared_.parked.fetch_sub(1);
    const std::uint64_t one = 1;
    // Cannot fail: the counter would have to be at its maximum of 2^64 - 2.
    [[maybe_unused]] const ssize_t written =
        ::write(wake_descriptor_.native_handle(), &one, sizeof one);
    assert(written == static_cast<ssize_t>(sizeof one));
    return true;
  }

  /// Whether this thread comes back to its loop at once, without a guest's time slice in between.
  [[nodiscard]] bool soon_free() const { return soon_free_; }

  // Executor
  void post(Task& task) override { add(ready_, task); }
  void defer(Task& task) override { add(deferred_, task); }
  void schedule(Timer& timer, SteadyTime at) override {
    if (timers_.schedule(timer, at) && current() != this) wake();
  }
  [[nodiscard]] const Clock& clock() const override { return shared_.clock; }
  SteadyTime now() override {
    const SteadyTime now = shared_.clock.steady();
    last_now_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
    return now;
  }
  void work_available() override { shared_.wake_one(); }
  void returning_soon(bool soon) override {
    if (current() == this) soon_free_ = soon;
  }
  bool may_continue() override {
    // As run(), which looks at the same before it takes an event.
    return waiting_.load() == 0 && ++rounds_since_io_ < kRoundsPerIo && !io_due() &&
           !shared_.stopping.load(std::memory_order_relaxed);
  }

 private:
  static int make_eventfd() {
    const int descriptor = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (descriptor < 0) {
      std::perror("eventfd");
      std::abort();
    }
    return descriptor;
  }

  [[nodiscard]] SteadyTime last_now() const {
    return SteadyTime{Duration{last_now_.load(std::memory_order_relaxed)}};
  }

  void add(TaskList& list, Task& task) {
    {
      std::lock_guard lock(mutex_);
      list.push_back(task);
      waiting_.store(ready_.size() + deferred_.size());
    }
    // Its own thread if that sleeps, else any that has nothing to do. A thread that is about to
    // look needs no help.
    if (current() == this && soon_free_) return;
    if (current() == this || !wake()) shared_.wake_one();
  }

  Task* take(TaskList& list) {
    if (waiting_.load() == 0) return nullptr;
    std::lock_guard lock(mutex_);
    Task* task = list.pop_front();
    waiting_.store(ready_.size() + deferred_.size());
    return task;
  }

  /// Whether I/O or timers have waited for long enough.
  [[nodiscard]] bool io_due() const {
    const SteadyTime now = last_now();
    return now - last_io_ >= kTimePerIo || timers_.due(now);
  }
  bool run_ready();
  bool run_event();
  bool run_deferred(bool idle);
  bool run_stolen();
  bool poll_io();
  void search_or_sleep();
  void sleep();
  void arm_io_timer();
  void wait_for_wake();
  [[nodiscard]] bool something_to_do() const;

  Shared& shared_;
  const std::size_t index_;
  boost::asio::io_context io_;
  boost::asio::steady_timer io_timer_;
  boost::asio::posix::stream_descriptor wake_descriptor_;
  std::thread thread_;

  AdaptiveMutex mutex_;
  TaskList ready_;     // guarded by mutex_
  TaskList deferred_;  // guarded by mutex_
  std::atomic<std::size_t> waiting_{0};
  TimerQueue timers_;
  std::atomic<bool> parked_{false};
  std::atomic<std::int64_t> last_now_{0};

  // Only used by the thread itself.
  bool soon_free_ = true;
  SteadyTime io_timer_at_ = SteadyTime::max();
  SteadyTime last_io_{};
  SteadyTime last_watch_{};
  SteadyTime next_deferred_{};
  int rounds_since_io_ = 0;
  Duration spin_{};
};

WorkerPool::Shared::Shared(WorkerPoolConfig its_config, const Clock& its_clock)
    : config(std::move(its_config)), clock(its_clock) {}

WorkerPool::Shared::~Shared() = default;

// ----------------------------------------------------------------------------------------- wake-up

void WorkerPool::Shared::wake_one() {
  const Worker* self = Worker::current();
  if (self != nullptr && self->soon_free()) return;
  if (searching.load() > 0 || parked.load() == 0) return;
  const std::size_t first = next_worker.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < workers.size(); ++i) {
    if (workers[(first + i) % workers.size()]->wake()) return;
  }
}

WorkerPool::Worker& WorkerPool::Shared::any() {
  Worker* self = Worker::current();
  if (self != nullptr && &self->shared() == this) return *self;
  return *workers[next_worker.fetch_add(1, std::memory_order_relaxed) % workers.size()];
}

// -------------------------------------------------------------------------------------------- loop

void WorkerPool::Worker::run() {
  current() = this;
  const std::shared_ptr<void> scope =
      shared_.config.thread_scope ? shared_.config.thread_scope() : nullptr;
  spin_ = shared_.config.spin;
  now();
  for (;;) {
    // One of each in turn, so that neither new events nor calls that go on starve the other.
    bool busy = run_ready();
    busy |= run_event();
    busy |= run_deferred(!busy);
    if (++rounds_since_io_ >= kRoundsPerIo || !busy || io_due()) {
      busy |= poll_io();
    }
    if (busy || run_stolen()) continue;
    if (shared_.stopping.load()) break;
    search_or_sleep();
  }
  current() = nullptr;
}

bool WorkerPool::Worker::run_ready() {
  Task* task = take(ready_);
  if (task == nullptr) return false;
  soon_free_ = false;
  // What waits besides must not wait for this task.
  if (something_to_do()) shared_.wake_one();
  task->run(*this);
  soon_free_ = true;
  now();
  return true;
}

bool WorkerPool::Worker::run_event() {
  if (shared_.source == nullptr || !shared_.source->has_work()) return false;
  const bool ran = shared_.source->run_one(*this);
  soon_free_ = true;
  return ran;
}

bool WorkerPool::Worker::run_deferred(bool idle) {
  // Guests that use up their time slices get at most half of a worker that has other work.
  if (!idle && last_now() < next_deferred_) return false;
  Task* task = take(deferred_);
  if (task == nullptr) return false;
  const SteadyTime before = now();
  soon_free_ = false;
  if (something_to_do()) shared_.wake_one();
  task->run(*this);
  soon_free_ = true;
  const SteadyTime after = now();
  next_deferred_ = after + (after - before);
  return true;
}

bool WorkerPool::Worker::run_stolen() {
  const std::size_t count = shared_.workers.size();
  for (std::size_t i = 1; i < count; ++i) {
    Worker& victim = *shared_.workers[(index_ + i) % count];
    Task* task = victim.take(victim.ready_);
    if (task == nullptr) task = victim.take(victim.deferred_);
    if (task == nullptr) continue;
    soon_free_ = false;
    task->run(*this);
    soon_free_ = true;
    now();
    return true;
  }
  return false;
}

bool WorkerPool::Worker::poll_io() {
  rounds_since_io_ = 0;
  const SteadyTime started = now();
  if (shared_.config.watch && started - last_watch_ >= kWatchInterval) {
    last_watch_ = started;
    shared_.config.watch(started);
  }
  bool busy = timers_.fire_due(started, *this) > 0;
  busy |= io_.poll() > 0;
  last_io_ = started;
  return busy;
}

// ------------------------------------------------------------------------------------------- sleep

bool WorkerPool::Worker::something_to_do() const {
  if (shared_.source != nullptr && shared_.source->has_work()) return true;
  return std::ranges::any_of(shared_.workers,
                             [](const auto& worker) { return worker->waiting_.load() > 0; });
}

void WorkerPool::Worker::search_or_sleep() {
  // One searcher per two threads: more would only get in each other's way.
  const std::size_t max_searching = std::max<std::size_t>(1, shared_.workers.size() / 2);
  if (spin_ > Duration::zero() && shared_.searching.load() < max_searching) {
    shared_.searching.fetch_add(1);
    const SteadyTime until = now() + spin_;
    bool found = false;
    do {
      for (int i = 0; i < kPausesPerLook; ++i) cpu_relax();
      found = something_to_do() || timers_.due(last_now());
    } while (!found && now() < until && !shared_.stopping.load());
    shared_.searching.fetch_sub(1);
    // Searching that finds something was worth its time; searching in vain gets shorter each time.
    spin_ = found ? shared_.config.spin : std::max(spin_ / 2, shared_.config.spin / 16);
    if (found) return;
  }
  sleep();
}

void WorkerPool::Worker::sleep() {
  const SteadyTime asleep_since = now();
  arm_io_timer();
  // Announce first, then look once more: whoever adds work does it the other way round.
  parked_.store(true);
  shared_.parked.fetch_add(1);
  const std::optional<SteadyTime> soonest = timers_.next();
  const bool stay_awake =
      something_to_do() || shared_.stopping.load() || (soonest && *soonest < io_timer_at_);
  if (!stay_awake) io_.run_one();
  if (parked_.exchange(false)) shared_.parked.fetch_sub(1);

  const SteadyTime awake = now();
  last_io_ = awake;
  if (shared_.config.watch) {
    last_watch_ = awake;
    shared_.config.watch(awake);
  }
  // A nap this short would better have been spent searching.
  if (awake - asleep_since < shared_.config.spin * 2) spin_ = shared_.config.spin;
}

void WorkerPool::Worker::arm_io_timer() {
  const std::optional<SteadyTime> soonest = timers_.next();
  if (!soonest || *soonest >= io_timer_at_) return;
  io_timer_at_ = *soonest;
  io_timer_.expires_at(*soonest);
  io_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) io_timer_at_ = SteadyTime::max();
  });
}

void WorkerPool::Worker::wait_for_wake() {
  wake_descriptor_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                              [this](const boost::system::error_code& error) {
                                if (error) return;
                                std::uint64_t count = 0;
                                // Nothing to read: the wake was for an earlier sleep.
                                [[maybe_unused]] const ssize_t got =
                                    ::read(wake_descriptor_.native_handle(), &count, sizeof count);
                                wait_for_wake();
                              });
}

// -------------------------------------------------------------------------------------------- pool

WorkerPool::WorkerPool(WorkerPoolConfig config, const Clock& clock)
    : shared_(std::make_unique<Shared>(std::move(config), clock)) {
  const std::size_t count =
      shared_->config.threads > 0 ? shared_->config.threads : usable_processors();
  for (std::size_t i = 0; i < count; ++i) {
    shared_->workers.push_back(std::make_unique<Worker>(*shared_, i));
  }
}

WorkerPool::~WorkerPool() { stop(); }

void WorkerPool::set_work_source(WorkSource& source) { shared_->source = &source; }

void WorkerPool::start() {
  for (const auto& worker : shared_->workers) worker->start();
}

void WorkerPool::stop() {
  shared_->stopping.store(true);
  for (const auto& worker : shared_->workers) worker->wake();
  for (const auto& worker : shared_->workers) worker->join();
}

std::size_t WorkerPool::size() const { return shared_->workers.size(); }
boost::asio::io_context& WorkerPool::io(std::size_t index) { return shared_->workers[index]->io(); }
Executor& WorkerPool::worker(std::size_t index) { return *shared_->workers[index]; }

std::size_t WorkerPool::current() const {
  const Worker* self = Worker::current();
  return self != nullptr && &self->shared() == shared_.get() ? self->index() : size();
}

void WorkerPool::post(Task& task) { shared_->any().post(task); }
void WorkerPool::defer(Task& task) { shared_->any().defer(task); }
void WorkerPool::schedule(Timer& timer, SteadyTime at) { shared_->any().schedule(timer, at); }
const Clock& WorkerPool::clock() const { return shared_->clock; }
void WorkerPool::work_available() { shared_->wake_one(); }

}  // namespace hermes::event

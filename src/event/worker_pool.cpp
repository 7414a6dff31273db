#include "event/worker_pool.hpp"

#include "base/adaptive_mutex.hpp"
#include "base/timer_queue.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/syscall.h>
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

/// Added to the niceness of background threads: beside busy workers they get a tenth of a
/// processor, and make room within some microseconds when one wakes up
/// (docs/decisions/0044-background-threads.md).
constexpr int kBackgroundNiceness = 10;

/// The time slice that a worker asks the kernel for, in nanoseconds: a thread with a short one gets
/// its turn sooner when it wakes up. It works in turns of some microseconds anyway.
constexpr std::uint64_t kWorkerSlice = 100'000;

/// What sched_setattr(2) takes, first version; the C library has no declaration of it.
struct SchedulingAttributes {
  std::uint32_t size = sizeof(SchedulingAttributes);
  std::uint32_t policy = SCHED_OTHER;
  std::uint64_t flags = 0;
  std::int32_t niceness = 0;
  std::uint32_t priority = 0;
  std::uint64_t runtime = 0;
  std::uint64_t deadline = 0;
  std::uint64_t period = 0;
};

/// A wish: kernels before 6.12 ignore it, and where the call is forbidden nothing is lost but some
/// microseconds. A policy that somebody chose for this process stays as it is.
void ask_for_short_time_slices() {
  if (::sched_getscheduler(0) != SCHED_OTHER) return;
  SchedulingAttributes attributes;
  attributes.niceness = ::getpriority(PRIO_PROCESS, 0);
  attributes.runtime = kWorkerSlice;
  ::syscall(SYS_sched_setattr, 0, &attributes, 0);
}

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
  std::vector<std::unique_ptr<BackgroundThread>> background;
  /// Changes when there may be something new for background threads; how many sleep until it does.
  std::atomic<std::uint32_t> background_signal{0};
  std::atomic<std::size_t> background_asleep{0};
  /// Threads that look for work in a loop. What is found while there is one needs no wake-up: it
  /// will see it.
  std::atomic<std::size_t> searching{0};
  std::atomic<std::size_t> parked{0};
  std::atomic<std::size_t> next_worker{0};
  std::atomic<bool> stopping{false};

  /// Lets a sleeping thread, if there is one and none is searching, look for work.
  void wake_one();
  void wake_background() {
    background_signal.fetch_add(1);
    if (background_asleep.load() > 0) background_signal.notify_one();
  }
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
  void post(Task& task) override;
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
  void background_work_available() override { shared_.wake_background(); }
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

  /// nullptr: none.
  Task* take_task();

  /// Whether I/O or timers have waited for long enough.
  [[nodiscard]] bool io_due() const {
    const SteadyTime now = last_now();
    return now - last_io_ >= kTimePerIo || timers_.due(now);
  }
  bool run_ready();
  bool run_event();
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
  TaskList ready_;  // guarded by mutex_
  std::atomic<std::size_t> waiting_{0};
  TimerQueue timers_;
  std::atomic<bool> parked_{false};
  std::atomic<std::int64_t> last_now_{0};

  // Only used by the thread itself.
  bool soon_free_ = true;
  SteadyTime io_timer_at_ = SteadyTime::max();
  SteadyTime last_io_{};
  SteadyTime last_watch_{};
  int rounds_since_io_ = 0;
  Duration spin_{};
};

/// A thread for what computes for long. It gives way to the workers; what its work posts is theirs.
class WorkerPool::BackgroundThread final : public Executor {
 public:
  explicit BackgroundThread(Shared& shared) : shared_(shared) {}

  void start() {
    thread_ = std::thread([this] { run(); });
  }
  void join() {
    if (thread_.joinable()) thread_.join();
  }

  // Executor
  void post(Task& task) override { shared_.any().post(task); }
  void schedule(Timer& timer, SteadyTime at) override { shared_.any().schedule(timer, at); }
  [[nodiscard]] const Clock& clock() const override { return shared_.clock; }
  void work_available() override { shared_.wake_one(); }
  void background_work_available() override { shared_.wake_background(); }

 private:
  void run();

  Shared& shared_;
  std::thread thread_;
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
  ask_for_short_time_slices();
  const std::shared_ptr<void> scope =
      shared_.config.thread_scope ? shared_.config.thread_scope() : nullptr;
  spin_ = shared_.config.spin;
  now();
  for (;;) {
    // One of each in turn, so that neither new events nor calls that go on starve the other.
    bool busy = run_ready();
    busy |= run_event();
    if (++rounds_since_io_ >= kRoundsPerIo || !busy || io_due()) {
      busy |= poll_io();
    }
    if (busy || run_stolen()) continue;
    if (shared_.stopping.load()) break;
    search_or_sleep();
  }
  current() = nullptr;
}

void WorkerPool::Worker::post(Task& task) {
  {
    std::lock_guard lock(mutex_);
    ready_.push_back(task);
    waiting_.store(ready_.size());
  }
  // Its own thread if that sleeps, else any that has nothing to do. A thread that is about to look
  // needs no help.
  if (current() == this && soon_free_) return;
  if (current() == this || !wake()) shared_.wake_one();
}

Task* WorkerPool::Worker::take_task() {
  if (waiting_.load() == 0) return nullptr;
  std::lock_guard lock(mutex_);
  Task* task = ready_.pop_front();
  waiting_.store(ready_.size());
  return task;
}

bool WorkerPool::Worker::run_ready() {
  Task* task = take_task();
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

bool WorkerPool::Worker::run_stolen() {
  const std::size_t count = shared_.workers.size();
  for (std::size_t i = 1; i < count; ++i) {
    Task* task = shared_.workers[(index_ + i) % count]->take_task();
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

// -------------------------------------------------------------------------------------- background

void WorkerPool::BackgroundThread::run() {
  // On Linux the niceness belongs to the thread. More of it needs no privilege.
  if (::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + kBackgroundNiceness) != 0) {
    std::perror("setpriority");
  }
  const std::shared_ptr<void> scope =
      shared_.config.thread_scope ? shared_.config.thread_scope() : nullptr;
  SteadyTime last_watch{};
  for (;;) {
    const std::uint32_t seen = shared_.background_signal.load();
    if (shared_.source != nullptr && shared_.source->has_background_work()) {
      shared_.source->run_background(*this);
      const SteadyTime time = now();
      if (shared_.config.watch && time - last_watch >= kWatchInterval) {
        last_watch = time;
        shared_.config.watch(time);
      }
      continue;
    }
    if (shared_.stopping.load()) break;
    shared_.background_asleep.fetch_add(1);
    // Work that came after the look above has changed the signal.
    shared_.background_signal.wait(seen);
    shared_.background_asleep.fetch_sub(1);
  }
}

// -------------------------------------------------------------------------------------------- pool

WorkerPool::WorkerPool(WorkerPoolConfig config, const Clock& clock)
    : shared_(std::make_unique<Shared>(std::move(config), clock)) {
  const std::size_t count =
      shared_->config.threads > 0 ? shared_->config.threads : usable_processors();
  for (std::size_t i = 0; i < count; ++i) {
    shared_->workers.push_back(std::make_unique<Worker>(*shared_, i));
    shared_->background.push_back(std::make_unique<BackgroundThread>(*shared_));
  }
}

WorkerPool::~WorkerPool() { stop(); }

void WorkerPool::set_work_source(WorkSource& source) { shared_->source = &source; }

void WorkerPool::start() {
  for (const auto& worker : shared_->workers) worker->start();
  for (const auto& thread : shared_->background) thread->start();
}

void WorkerPool::stop() {
  shared_->stopping.store(true);
  shared_->background_signal.fetch_add(1);
  shared_->background_signal.notify_all();
  for (const auto& worker : shared_->workers) worker->wake();
  for (const auto& thread : shared_->background) thread->join();
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
void WorkerPool::schedule(Timer& timer, SteadyTime at) { shared_->any().schedule(timer, at); }
const Clock& WorkerPool::clock() const { return shared_->clock; }
void WorkerPool::work_available() { shared_->wake_one(); }
void WorkerPool::background_work_available() { shared_->wake_background(); }

}  // namespace hermes::event

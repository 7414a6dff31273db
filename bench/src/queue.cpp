#include "queue.hpp"

#include "base/adaptive_mutex.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "event/event_queue.hpp"
#include "event/worker_pool.hpp"
#include "timing.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <memory>
#include <semaphore>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace hermes::bench {
namespace {

constexpr event::EventKind kKind{0};
constexpr std::size_t kInFlight = 32;
constexpr std::size_t kHops = 50'000;
/// Hops before those that count.
constexpr std::size_t kWarmUp = 1000;

using Clock = std::chrono::steady_clock;

/// A module whose calls are over at once.
class NoHandler final : public event::Handler, public event::HandlerCall {
 public:
  [[nodiscard]] std::string_view module_name() const override { return "none"; }
  event::HandlerCall& begin(const event::CallRequest&) override { return *this; }
  event::CallPoll poll() override { return event::CallPoll::kDone; }
  void cancel() noexcept override {}
  event::Outcome outcome(event::CallFailure&) override { return event::Outcome::kCompleted; }
  [[nodiscard]] std::uint64_t execution() const override { return 1; }
  void end() noexcept override {}
};

class Target final : public event::EventTarget {
 public:
  [[nodiscard]] std::string_view application_name() const override { return "bench"; }
  [[nodiscard]] std::span<event::Handler* const> handlers(event::EventKind) const override {
    return {&handler_, 1};
  }

 private:
  NoHandler no_handler_;
  event::Handler* handler_ = &no_handler_;
};

/// What all events here have in common.
class Payload : public event::EventPayload {
 public:
  [[nodiscard]] event::EventKind kind() const override { return kKind; }
  [[nodiscard]] std::string_view event_name() const override { return "bench"; }
  wasm::ExportCall& prepare(const wasm::ExportFunc&) override { std::abort(); }
  void handled(const event::HandlerReport&) override {}
  void finished(const event::EventSummary&) override {}
};

/// Notes when it starts.
class HopPayload final : public Payload {
 public:
  bool withdrawn() override {
    started_at = Clock::now();
    return false;
  }
  void release() noexcept override { over.store(true, std::memory_order_release); }

  Clock::time_point started_at;
  std::atomic<bool> over{false};
};

/// Pushed again when it is over, until all together have come to an end.
class LoopPayload final : public Payload {
 public:
  LoopPayload(event::ApplicationQueue& queue, event::SourceKey source)
      : queue_(queue), source_(source) {}

  void start(std::uint64_t times, std::atomic<std::size_t>& running, std::binary_semaphore& done) {
    times_left_ = times;
    running_ = &running;
    done_ = &done;
    push();
  }
  void release() noexcept override {
    if (--times_left_ > 0) {
      push();
    } else if (running_->fetch_sub(1) == 1) {
      done_->release();
    }
  }

 private:
  void push() {
    // So few always find room.
    if (!queue_.push({.payload = event::PayloadPtr(this), .source = source_})) std::abort();
  }

  event::ApplicationQueue& queue_;
  event::SourceKey source_;
  std::uint64_t times_left_ = 0;
  std::atomic<std::size_t>* running_ = nullptr;
  std::binary_semaphore* done_ = nullptr;
};

/// A queue, its workers and one application.
class Queue {
 public:
  /// Workers look for work for as long as the measurement lasts, instead of going to sleep.
  explicit Queue(std::size_t threads)
      : workers_(config(threads), clock_), queue_({}, workers_, random_) {
    workers_.set_work_source(queue_);
    workers_.start();
    application_ = queue_.add_application(target_, {});
    application_->open();
  }
  Queue(const Queue&) = delete;
  Queue& operator=(const Queue&) = delete;
  ~Queue() {
    std::binary_semaphore drained{0};
    application_->drain(std::chrono::seconds(10),
                        [&](const event::DrainReport&) { drained.release(); });
    drained.acquire();
    workers_.stop();
  }

  [[nodiscard]] event::ApplicationQueue& application() { return *application_; }
  [[nodiscard]] event::SourceKey source(std::size_t number) const {
    return queue_.source(kKind, "source " + std::to_string(number));
  }

 private:
  static event::WorkerPoolConfig config(std::size_t threads) {
    event::WorkerPoolConfig config;
    config.threads = threads;
    config.spin = std::chrono::milliseconds(10);
    return config;
  }

  SystemClock clock_;
  SystemRandom random_;
  Target target_;
  event::WorkerPool workers_;
  event::EventQueue queue_;
  std::unique_ptr<event::ApplicationQueue> application_;
};

double median_nanoseconds(std::vector<Clock::duration>& samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::ranges::nth_element(samples, middle);
  return std::chrono::duration<double, std::nano>(*middle).count();
}

/// Events per second, from nanoseconds per event.
Result<double> per_second(const Result<double>& each) {
  if (!each) return std::unexpected(each.error());
  return 1e9 / *each;
}

}  // namespace

Result<double> queue_hop() {
  HopPayload payload;
  Queue queue(1);
  const event::SourceKey source = queue.source(0);
  std::vector<Clock::duration> hops;
  hops.reserve(kHops);
  for (std::size_t i = 0; i < kWarmUp + kHops; ++i) {
    payload.over.store(false, std::memory_order_relaxed);
    const Clock::time_point pushed_at = Clock::now();
    const auto pushed =
        queue.application().push({.payload = event::PayloadPtr(&payload), .source = source});
    if (!pushed) return fail(ErrorCode::kInternal, "an event was refused");
    while (!payload.over.load(std::memory_order_acquire)) cpu_relax();
    if (i >= kWarmUp) hops.push_back(payload.started_at - pushed_at);
  }
  return median_nanoseconds(hops);
}

Result<double> flag_hop() {
  std::atomic<std::uint64_t> flag{0};
  std::atomic<std::uint64_t> seen{0};
  Clock::time_point seen_at;
  std::jthread other([&] {
    for (std::uint64_t i = 1; i <= kWarmUp + kHops; ++i) {
      while (flag.load(std::memory_order_acquire) != i) cpu_relax();
      seen_at = Clock::now();
      seen.store(i, std::memory_order_release);
    }
  });
  std::vector<Clock::duration> hops;
  hops.reserve(kHops);
  for (std::uint64_t i = 1; i <= kWarmUp + kHops; ++i) {
    const Clock::time_point set_at = Clock::now();
    flag.store(i, std::memory_order_release);
    while (seen.load(std::memory_order_acquire) != i) cpu_relax();
    if (i > kWarmUp) hops.push_back(seen_at - set_at);
  }
  return median_nanoseconds(hops);
}

Result<double> queue_throughput(std::size_t threads) {
  std::deque<LoopPayload> payloads;
  Queue queue(threads);
  for (std::size_t i = 0; i < kInFlight; ++i) {
    payloads.emplace_back(queue.application(), queue.source(i));
  }
  return per_second(nanoseconds([&](std::uint64_t count) -> Result<void> {
    std::atomic<std::size_t> running{kInFlight};
    std::binary_semaphore done{0};
    for (LoopPayload& payload : payloads) {
      payload.start((count + kInFlight - 1) / kInFlight, running, done);
    }
    done.acquire();
    return {};
  }));
}

Result<double> strand_throughput(std::size_t threads) {
  boost::asio::thread_pool pool(threads);
  using Strand = boost::asio::strand<boost::asio::thread_pool::executor_type>;
  struct Loop {
    explicit Loop(Strand its_strand) : strand(std::move(its_strand)) {}
    void push() {
      boost::asio::post(strand, [this] {
        if (--times_left > 0) {
          push();
        } else if (running->fetch_sub(1) == 1) {
          done->release();
        }
      });
    }
    Strand strand;
    std::uint64_t times_left = 0;
    std::atomic<std::size_t>* running = nullptr;
    std::binary_semaphore* done = nullptr;
  };
  std::deque<Loop> loops;
  for (std::size_t i = 0; i < kInFlight; ++i) loops.emplace_back(Strand(pool.get_executor()));
  const auto result = per_second(nanoseconds([&](std::uint64_t count) -> Result<void> {
    std::atomic<std::size_t> running{kInFlight};
    std::binary_semaphore done{0};
    for (Loop& loop : loops) {
      loop.times_left = std::max<std::uint64_t>(1, (count + kInFlight - 1) / kInFlight);
      loop.running = &running;
      loop.done = &done;
      loop.push();
    }
    done.acquire();
    return {};
  }));
  pool.join();
  return result;
}

}  // namespace hermes::bench

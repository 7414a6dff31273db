#include "app/application.hpp"
#include "app/event_catalogue.hpp"
#include "app/runtime_context_pool.hpp"
#include "base/blocking.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/random.hpp"
#include "composed_engine.hpp"
#include "cron.hpp"
#include "event/event_queue.hpp"
#include "event/guest_handler.hpp"
#include "event/worker_pool.hpp"
#include "runtime_extensions/cron/extension.hpp"
#include "timing.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <semaphore>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace hermes::bench {
namespace {

using namespace std::chrono_literals;

/// Enough to make all entries in.
constexpr Duration kBefore = 1s;
/// What comes in the first second warms up, the others count.
constexpr std::uint32_t kSeconds = 3;
/// Each is a source of its own: none waits for another's handler, as long as workers keep up.
constexpr std::uint32_t kTags = 1000;

/// In microseconds, the 99th percentile of those after the first second.
double worst_percent(std::vector<Duration> late) {
  const std::span counted = std::span(late).subspan(late.size() / kSeconds);
  return std::chrono::duration<double, std::micro>(percentile_99(counted)).count();
}

/// Notes how late events are.
class Watch final : public event::EventObserver {
 public:
  Watch(const Clock& clock, std::size_t events) : clock_(clock), late_(events) {}

  void on_handled(const event::EventTarget&, const event::EventPayload&,
                  const event::HandlerReport& report) override {
    if (report.outcome != event::Outcome::kCompleted) failed_.fetch_add(1);
  }
  void on_finished(const event::EventTarget&, const event::EventPayload& payload,
                   const event::EventSummary& summary) override {
    const auto& event = static_cast<const ext::cron::CronEvent&>(payload);
    note(clock_.wall() - summary.ran - event.occurrence().at);
  }
  void on_refused(const event::EventTarget&, const event::EventPayload&,
                  const event::Refusal&) override {
    failed_.fetch_add(1);
    note({});
  }

  /// Waits for all; the number of those that were not handled.
  std::uint64_t wait() {
    done_.acquire();
    return failed_.load();
  }
  [[nodiscard]] const std::vector<Duration>& late() const { return late_; }

 private:
  void note(Duration late) {
    const std::size_t number = count_.fetch_add(1);
    late_.at(number) = late;
    if (number + 1 == late_.size()) done_.release();
  }

  const Clock& clock_;
  std::vector<Duration> late_;
  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> failed_{0};
  std::binary_semaphore done_{0};
};

/// An engine with cron and one application, put together as the composition root does it.
class CronEngine {
 public:
  CronEngine(RunningEngine running, std::uint32_t per_second)
      : running_(std::move(running)),
        per_second_(per_second),
        watch_(clock_, std::size_t{per_second} * kSeconds),
        workers_(worker_config(0, running_), clock_),
        cron_(app::StateSlot<ext::cron::CronState>(0), catalogue_, workers_, blocking_, log_,
              {.schedule = {.max_entries = std::size_t{per_second} * kSeconds},
               .durability = {},
               .store = {}}),
        queue_({}, workers_, random_, &watch_) {
    workers_.set_work_source(queue_);
  }
  CronEngine(const CronEngine&) = delete;
  CronEngine& operator=(const CronEngine&) = delete;
  ~CronEngine() {
    if (application_ != nullptr) {
      cron_.detach(*application_);
      std::binary_semaphore drained{0};
      application_->queue().drain(10s, [&](const event::DrainReport&) { drained.release(); });
      drained.acquire();
      cron_.drained(*application_);
    }
    workers_.stop();
  }

  Result<void> start(const std::filesystem::path& guest) {
    auto application =
        create_application(running_, {catalogue_, contexts_, calls_}, "bench", guest);
    if (!application) return std::unexpected(std::move(application.error()));
    workers_.start();
    application_ = std::move(*application);
    application_->join(queue_, catalogue_.size());
    if (auto attached = cron_.attach(*application_); !attached) return attached;
    application_->queue().open();
    return {};
  }

  Result<double> measure() {
    ext::cron::DurableSchedule& schedule =
        application_->state(app::StateSlot<ext::cron::CronState>(0)).schedule();
    const SteadyTime first = clock_.steady() + kBefore;
    std::uint64_t refused = 0;
    for (std::uint32_t i = 0; i < per_second_ * kSeconds; ++i) {
      const Duration delay =
          std::max(first + Duration{1s} * i / per_second_ - clock_.steady(), Duration::zero());
      schedule.delay(schedule.new_ticket(), static_cast<std::uint64_t>(delay.count()),
                     "tag " + std::to_string(i % kTags),
                     [&](const Result<bool>& answer) { refused += answer && *answer ? 0 : 1; });
    }
    if (refused > 0 || clock_.steady() > first) {
      return fail(ErrorCode::kInternal, "the entries could not be made in time");
    }
    if (const std::uint64_t failed = watch_.wait(); failed > 0) {
      return fail(ErrorCode::kInternal, std::to_string(failed) + " events failed");
    }
    return worst_percent(watch_.late());
  }

 private:
  SystemClock clock_;
  SystemRandom random_;
  RunningEngine running_;
  std::uint32_t per_second_;
  Log log_{{.format = LogFormat::kJson,
            .level = LogLevel::kError,
            .colour = {},
            .output = [](std::string_view) {}},
           clock_};
  Watch watch_;
  app::EventCatalogue catalogue_;
  app::RuntimeContextPool contexts_{nullptr};
  event::GuestCallPool calls_;
  BlockingThread blocking_;
  event::WorkerPool workers_;
  ext::cron::CronExtension cron_;
  event::EventQueue queue_;
  std::unique_ptr<app::Application> application_;
};

}  // namespace

Result<double> cron_lateness(const Setup& setup, const std::filesystem::path& guest,
                             std::uint32_t per_second) {
  auto running = RunningEngine::start(setup);
  if (!running) return std::unexpected(std::move(running.error()));
  CronEngine engine(std::move(*running), per_second);
  if (auto started = engine.start(guest); !started) {
    return std::unexpected(std::move(started.error()));
  }
  return engine.measure();
}

double cron_lateness_floor(std::uint32_t per_second) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock lock(mutex);
  const auto first = std::chrono::steady_clock::now();
  std::vector<Duration> late;
  for (std::uint32_t i = 0; i < per_second * kSeconds; ++i) {
    const auto due = first + Duration{1s} * i / per_second;
    while (std::chrono::steady_clock::now() < due) never.wait_until(lock, due);
    late.push_back(std::chrono::steady_clock::now() - due);
  }
  return worst_percent(std::move(late));
}

}  // namespace hermes::bench

#include "runtime_extensions/logging/state.hpp"

#include <mutex>
#include <utility>

namespace hermes::ext::logging {

class LoggingState::Meter final : public Timer, public std::enable_shared_from_this<Meter> {
 public:
  Meter(const app::OutputBounds& bounds, Executor& executor, Report report)
      : executor_(executor), report_(std::move(report)), limits_(bounds) {}

  bool admit(std::uint64_t bytes) {
    const SteadyTime now = executor_.clock().steady();
    const std::lock_guard lock(mutex_);
    const LineLimits::Decision decision = limits_.admit(now, bytes);
    if (decision == LineLimits::Decision::kFirstDrop && !stopped_) {
      scheduled_ = shared_from_this();
      executor_.schedule(*this, now + kReportInterval);
    }
    return decision == LineLimits::Decision::kWrite;
  }

  void on_time(Executor& here) override {
    std::shared_ptr<Meter> self;
    Drops drops;
    {
      const std::lock_guard lock(mutex_);
      self = std::move(scheduled_);
      if (stopped_) return;
      drops = limits_.take_drops(here.now());
    }
    report_(drops);
  }

  void stop() {
    Drops drops;
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(stopped_, true)) return;
      // When it cannot be taken back it fires late, and finds that it was stopped.
      if (cancel()) scheduled_.reset();
      drops = limits_.take_drops(executor_.clock().steady());
    }
    if (drops.lines.dropped() > 0) report_(drops);
  }

  [[nodiscard]] LineCounts counts() const {
    const std::lock_guard lock(mutex_);
    return limits_.counts();
  }

 private:
  Executor& executor_;
  const Report report_;
  mutable std::mutex mutex_;
  LineLimits limits_;
  bool stopped_ = false;
  /// Itself, while the timer is set.
  std::shared_ptr<Meter> scheduled_;
};

LoggingState::LoggingState(const app::OutputBounds& bounds, Executor& executor, Report report)
    : meter_(std::make_shared<Meter>(bounds, executor, std::move(report))) {}
LoggingState::~LoggingState() = default;

bool LoggingState::admit(std::uint64_t bytes) { return meter_->admit(bytes); }
void LoggingState::stop() { meter_->stop(); }
LineCounts LoggingState::counts() const { return meter_->counts(); }

}  // namespace hermes::ext::logging

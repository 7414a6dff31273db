// What has happened to the events of one application, in numbers.
#pragma once

#include "base/clock.hpp"
#include "base/duration_buckets.hpp"
#include "base/sharded_counters.hpp"
#include "base/thread_index.hpp"
#include "event/event.hpp"
#include "event/outcome.hpp"
#include "event/push.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace hermes::app {

/// Calls of one module for one kind of event.
struct CallCounts {
  event::OutcomeCounts outcomes;
  DurationHistogram ran;
};

/// Events of one kind.
struct EventCounts {
  /// Of accepted events that are over.
  event::OutcomeCounts outcomes;
  /// From push until the event started or was given up.
  DurationHistogram waited;
};

/// Counts events by kind and outcome, and calls by module, kind and outcome. What is counted is
/// known when the application is put together, so there is a bound on the memory: 640 bytes per
/// thread that runs events, for each module and kind of event that it handles.
///
/// Any thread; ShardedCounters says what readers see.
class EventCounters {
 public:
  /// Whether a module handles a kind of event.
  using Handles = std::function<bool(std::size_t module, event::EventKind kind)>;

  EventCounters(std::size_t modules, std::size_t kinds, const Handles& handles);

  [[nodiscard]] std::size_t kinds() const { return kinds_; }
  /// Whether `module` handles `kind`; any module, without one.
  [[nodiscard]] bool has(std::size_t module, event::EventKind kind) const {
    return blocks_[place(kind, module)] != kNone;
  }
  [[nodiscard]] bool has(event::EventKind kind) const { return blocks_[place(kind)] != kNone; }

  /// A call of `module` has ended. Something else than what was said to the constructor is not
  /// counted; the same for events.
  void handled(std::size_t module, event::EventKind kind, event::Outcome outcome, Duration ran) {
    count(blocks_[place(kind, module)], outcome, ran);
  }
  /// An accepted event is over.
  void finished(event::EventKind kind, event::Outcome outcome, Duration waited) {
    count(blocks_[place(kind)], outcome, waited);
  }
  void refused(event::EventKind kind, event::RefusalReason reason) {
    counters_.add(refusal(kind, reason));
  }

  /// What was counted so far, taken together once.
  class Snapshot {
   public:
    /// Only for what the counters have.
    [[nodiscard]] CallCounts calls(std::size_t module, event::EventKind kind) const;
    [[nodiscard]] EventCounts events(event::EventKind kind) const;
    [[nodiscard]] std::uint64_t refused(event::EventKind kind, event::RefusalReason reason) const {
      return values_[counters_.refusal(kind, reason)];
    }

   private:
    friend class EventCounters;
    explicit Snapshot(const EventCounters& counters)
        : counters_(counters), values_(counters.counters_.read_all()) {}
    void read(std::size_t block, event::OutcomeCounts& outcomes, DurationHistogram& times) const;

    const EventCounters& counters_;
    std::vector<std::uint64_t> values_;
  };
  /// The counters outlive it.
  [[nodiscard]] Snapshot snapshot() const { return Snapshot(*this); }

 private:
  // A block: outcomes and the sum of the durations in one cache line, then the buckets. What is
  // added to at once is in two lines, because more of them would cost more than the additions.
  static constexpr std::size_t kLine = kCacheLine / sizeof(std::uint64_t);
  static constexpr std::size_t kSum = event::kOutcomeCount;
  static constexpr std::size_t kBuckets = kLine;
  static_assert(kSum < kBuckets);
  static constexpr std::size_t kBlock = (kBuckets + kDurationBuckets + kLine - 1) / kLine * kLine;
  static constexpr std::uint32_t kNone = UINT32_MAX;

  [[nodiscard]] std::size_t add_blocks(const Handles& handles);
  /// Where blocks_ has the block of events of a kind, and of calls of a module for them: together.
  [[nodiscard]] std::size_t place(event::EventKind kind) const {
    return kind.value() * (modules_ + 1);
  }
  [[nodiscard]] std::size_t place(event::EventKind kind, std::size_t module) const {
    return place(kind) + 1 + module;
  }
  /// Refusals come first: an event that no module handles is refused as well.
  [[nodiscard]] static std::size_t refusal(event::EventKind kind, event::RefusalReason reason) {
    return kind.value() * event::kRefusalReasonCount + static_cast<std::size_t>(reason);
  }
  void count(std::uint32_t block, event::Outcome outcome, Duration time) {
    if (block == kNone) return;
    ShardedCounters::Part part = counters_.here();
    part.add(block + static_cast<std::size_t>(outcome));
    part.add(block + kSum, time > Duration::zero() ? static_cast<std::uint64_t>(time.count()) : 0);
    part.add(block + kBuckets + duration_bucket(time));
  }

  std::size_t modules_;
  std::size_t kinds_;
  /// Where each block begins among the counters; kNone where there is nothing to count.
  std::vector<std::uint32_t> blocks_;
  ShardedCounters counters_;
};

}  // namespace hermes::app

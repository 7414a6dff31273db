#include "app/event_counters.hpp"

#include <algorithm>

namespace hermes::app {

EventCounters::EventCounters(std::size_t modules, std::size_t kinds, const Handles& handles)
    : modules_(modules),
      kinds_(kinds),
      blocks_(kinds * (modules + 1), kNone),
      counters_(add_blocks(handles)) {}

std::size_t EventCounters::add_blocks(const Handles& handles) {
  std::size_t next = (kinds_ * event::kRefusalReasonCount + kLine - 1) / kLine * kLine;
  const auto take = [&](std::uint32_t& block) {
    block = static_cast<std::uint32_t>(next);
    next += kBlock;
  };
  for (std::size_t kind = 0; kind < kinds_; ++kind) {
    const event::EventKind event_kind(static_cast<event::EventKind::rep>(kind));
    for (std::size_t module = 0; module < modules_; ++module) {
      if (!handles(module, event_kind)) continue;
      if (!has(event_kind)) take(blocks_[place(event_kind)]);
      take(blocks_[place(event_kind, module)]);
    }
  }
  return next;
}

void EventCounters::Snapshot::read(std::size_t block, event::OutcomeCounts& outcomes,
                                   DurationHistogram& times) const {
  const auto at = values_.begin() + static_cast<std::ptrdiff_t>(block);
  std::copy_n(at, event::kOutcomeCount, outcomes.count.begin());
  std::copy_n(at + kBuckets, kDurationBuckets, times.counts.begin());
  times.sum_ns = at[kSum];
}

CallCounts EventCounters::Snapshot::calls(std::size_t module, event::EventKind kind) const {
  CallCounts counts;
  read(counters_.blocks_[counters_.place(kind, module)], counts.outcomes, counts.ran);
  return counts;
}

EventCounts EventCounters::Snapshot::events(event::EventKind kind) const {
  EventCounts counts;
  read(counters_.blocks_[counters_.place(kind)], counts.outcomes, counts.waited);
  return counts;
}

}  // namespace hermes::app

// Lanes: the order of events. Internal to the queue.
#pragma once

#include "base/thread_index.hpp"
#include "event/event.hpp"
#include "event/intrusive_list.hpp"
#include "event/queued_event.hpp"
#include "event/slab.hpp"

#include <cstddef>
#include <memory>
#include <vector>

namespace hermes::event {

/// The events of one source, in order. The first of them runs when `running` is set.
struct alignas(kCacheLine) Lane {
  /// In the application's list of lanes that can start an event; also the slab's link.
  Lane* previous = nullptr;
  Lane* next = nullptr;
  Lane* next_in_bucket = nullptr;
  SourceKey source = SourceKey::unordered();
  bool lifecycle = false;
  /// Of the event that it was made for.
  EventKind kind{};
  QueuedEvent* running = nullptr;
  /// Those that wait; the running one is not among them.
  IntrusiveList<QueuedEvent> waiting;

  [[nodiscard]] std::size_t events() const { return waiting.size() + (running != nullptr ? 1 : 0); }
};

/// The lanes of one application, by source. Chained through the lanes themselves: what comes and
/// goes allocates nothing, only growth does. Keys are uniform already (SipHash), so their bits
/// choose the bucket.
class LaneTable {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }

  /// nullptr: there is none.
  [[nodiscard]] Lane* find(const SourceKey& source, bool lifecycle) const {
    if (buckets_.empty()) return nullptr;
    Lane* lane = buckets_[bucket_of(source)];
    while (lane != nullptr && (lane->source != source || lane->lifecycle != lifecycle)) {
      lane = lane->next_in_bucket;
    }
    return lane;
  }

  void insert(Lane& lane) {
    if (size_ >= buckets_.size()) grow();
    Lane*& bucket = buckets_[bucket_of(lane.source)];
    lane.next_in_bucket = bucket;
    bucket = &lane;
    ++size_;
  }

  /// `lane` is in the table.
  void erase(Lane& lane) {
    Lane** link = &buckets_[bucket_of(lane.source)];
    while (*link != &lane) link = &(*link)->next_in_bucket;
    *link = lane.next_in_bucket;
    lane.next_in_bucket = nullptr;
    --size_;
  }

 private:
  static constexpr std::size_t kFirstBuckets = 16;

  [[nodiscard]] std::size_t bucket_of(const SourceKey& source) const {
    return source.hash().low & (buckets_.size() - 1);
  }

  void grow() {
    std::vector<Lane*> old = std::move(buckets_);
    buckets_.assign(old.empty() ? kFirstBuckets : old.size() * 2, nullptr);
    for (Lane* lane : old) {
      while (lane != nullptr) {
        Lane* following = lane->next_in_bucket;
        Lane*& bucket = buckets_[bucket_of(lane->source)];
        lane->next_in_bucket = bucket;
        bucket = lane;
        lane = following;
      }
    }
  }

  std::vector<Lane*> buckets_;
  std::size_t size_ = 0;
};

}  // namespace hermes::event

// A bounded map from which what was not used goes first.
#pragma once

#include "base/adaptive_mutex.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hermes::http {

/// Shared immutable values by key, with a bound on the sum of their weights. Makes room by second
/// chance (the "clock"): what was asked for since the hand last passed stays, which costs a reader
/// one store instead of a move in a list. Any thread; a look takes some dozens of nanoseconds.
///
/// `Hash` and the keys may be transparent (std::unordered_map), so that no key is built for a look.
template <class Key, class Value, class Hash>
class ClockCache {
 public:
  /// Holds nothing when `max_weight` is 0.
  explicit ClockCache(std::size_t max_weight) : max_weight_(max_weight) {}
  ClockCache(const ClockCache&) = delete;
  ClockCache& operator=(const ClockCache&) = delete;

  /// nullptr when it is not there.
  template <class Like>
  [[nodiscard]] std::shared_ptr<const Value> find(const Like& key) {
    const std::scoped_lock lock(mutex_);
    const auto found = entries_.find(key);
    if (found == entries_.end()) return nullptr;
    found->second.used = true;
    return found->second.value;
  }

  /// Keeps `value` under `key`, in place of what was there; not, when it alone is over the bound.
  void put(Key key, std::shared_ptr<const Value> value, std::size_t weight) {
    // What goes is destroyed after the lock is given back.
    std::vector<std::shared_ptr<const Value>> removed;
    const std::scoped_lock lock(mutex_);
    if (const auto there = entries_.find(key); there != entries_.end()) remove(there, removed);
    if (weight > max_weight_) return;
    while (weight_ + weight > max_weight_) make_room(removed);
    const auto added = entries_.try_emplace(std::move(key)).first;
    added->second.value = std::move(value);
    added->second.weight = weight;
    added->second.place = ring_.insert(hand_, &*added);
    weight_ += weight;
  }

  /// The sum of the weights.
  [[nodiscard]] std::size_t weight() const {
    const std::scoped_lock lock(mutex_);
    return weight_;
  }

 private:
  struct Entry;
  using Map = std::unordered_map<Key, Entry, Hash, std::equal_to<>>;
  using Ring = std::list<std::pair<const Key, Entry>*>;
  struct Entry {
    std::shared_ptr<const Value> value;
    std::size_t weight = 0;
    typename Ring::iterator place;
    bool used = false;
  };

  void remove(typename Map::iterator entry, std::vector<std::shared_ptr<const Value>>& removed) {
    Entry& leaving = entry->second;
    if (hand_ == leaving.place) ++hand_;
    ring_.erase(leaving.place);
    weight_ -= leaving.weight;
    removed.push_back(std::move(leaving.value));
    entries_.erase(entry);
  }

  /// Takes away one entry. There is one; two rounds of the hand find it.
  void make_room(std::vector<std::shared_ptr<const Value>>& removed) {
    for (;;) {
      if (hand_ == ring_.end()) hand_ = ring_.begin();
      Entry& entry = (*hand_)->second;
      if (!std::exchange(entry.used, false)) return remove(entries_.find((*hand_)->first), removed);
      ++hand_;
    }
  }

  const std::size_t max_weight_;
  mutable AdaptiveMutex mutex_;
  Map entries_;
  Ring ring_;
  /// The next to be looked at when room is needed.
  typename Ring::iterator hand_ = ring_.begin();
  std::size_t weight_ = 0;
};

}  // namespace hermes::http

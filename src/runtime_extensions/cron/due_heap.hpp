// What comes first, among things that come and go.
#pragma once

#include <algorithm>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace hermes::ext::cron {

/// When something is due; of those due at the same time the lower number comes first.
struct DueKey {
  std::int64_t time = 0;
  std::uint64_t number = 0;
  friend auto operator<=>(const DueKey&, const DueKey&) = default;
};

/// What DueHeap writes where an element says its place, while it is in no heap.
inline constexpr std::uint32_t kNotInHeap = std::numeric_limits<std::uint32_t>::max();

/// T that belong to someone else, the one that is due first at the top. A heap with four children
/// per node that knows the place of each element, kept where `Place` says: pushing, moving and
/// erasing any of them is O(log n) at worst, and touches three nodes on average when times are
/// random. Keys stand in the heap itself, so that comparing reads nothing else. Not synchronised.
template <class T, class Place>
class DueHeap {
 public:
  struct Item {
    DueKey key;
    T* element;
  };

  explicit DueHeap(Place place = {}) : place_(place) {}

  [[nodiscard]] bool empty() const { return items_.empty(); }
  /// The heap is not empty.
  [[nodiscard]] const Item& top() const { return items_.front(); }
  /// All, in no order.
  [[nodiscard]] std::span<const Item> items() const { return items_; }

  /// Adds `element`, or gives it another key.
  void put(T& element, DueKey key) {
    std::size_t index = place_(element);
    if (index == kNotInHeap) {
      index = items_.size();
      items_.push_back({key, &element});
    } else if (items_[index].key == key) {
      return;
    }
    settle(index, {key, &element});
  }

  /// Without effect when it is in no heap.
  void erase(T& element) {
    const std::size_t index = place_(element);
    if (index == kNotInHeap) return;
    place_(element) = kNotInHeap;
    const Item last = items_.back();
    items_.pop_back();
    if (index < items_.size()) settle(index, last);
    // What a burst has taken is given back.
    if (items_.size() < items_.capacity() / 4) items_.shrink_to_fit();
  }

 private:
  static constexpr std::size_t kArity = 4;

  void write(std::size_t index, const Item& item) {
    items_[index] = item;
    place_(*item.element) = static_cast<std::uint32_t>(index);
  }

  // Puts `item` where it belongs, beginning at the gap at `index`.
  void settle(std::size_t index, const Item& item) {
    const std::size_t from = index;
    while (index > 0) {
      const std::size_t parent = (index - 1) / kArity;
      if (items_[parent].key <= item.key) break;
      write(index, items_[parent]);
      index = parent;
    }
    while (index >= from) {
      const std::size_t first = index * kArity + 1;
      if (first >= items_.size()) break;
      std::size_t soonest = first;
      const std::size_t end = std::min(first + kArity, items_.size());
      for (std::size_t child = first + 1; child < end; ++child) {
        if (items_[child].key < items_[soonest].key) soonest = child;
      }
      if (item.key <= items_[soonest].key) break;
      write(index, items_[soonest]);
      index = soonest;
    }
    write(index, item);
  }

  std::vector<Item> items_;
  [[no_unique_address]] Place place_;
};

}  // namespace hermes::ext::cron

// A hash table of things that belong to someone else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace hermes::ext::cron {

/// Finds T by a hash that each carries in its member `Hash`. Open addressing, and each slot has the
/// hash beside the element: a search reads one line of the table, as a rule, and no element but the
/// one that it finds. Slots are in the order of the hashes, so that a table that has to grow is
/// copied from the front to the back (20 ms for a million elements), and no element is read.
/// Hashes are uniform in all their bits, and keyed where somebody else chooses what is hashed. Not
/// synchronised.
template <class T, std::uint32_t T::* Hash>
class HashIndex {
 public:
  HashIndex() : slots_(kFewest) {}

  [[nodiscard]] std::size_t size() const { return size_; }

  /// The one with `hash` that `matches`; nullptr: there is none.
  template <class Matches>
  [[nodiscard]] T* find(std::uint32_t hash, Matches&& matches) const {
    for (std::size_t i = home(hash); slots_[i].element != nullptr; i = next(i)) {
      if (slots_[i].hash == hash && matches(std::as_const(*slots_[i].element))) {
        return slots_[i].element;
      }
    }
    return nullptr;
  }

  /// Lets the processor read where a search for `hash` will begin, while it does something else.
  void prefetch(std::uint32_t hash) const { __builtin_prefetch(&slots_[home(hash)]); }

  void insert(T& element) {
    // At most five eighths: beyond, searches get long.
    if (8 * (size_ + 1) > 5 * slots_.size()) resize(2 * slots_.size());
    place({element.*Hash, &element});
    ++size_;
  }

  /// `element` is in the table.
  void erase(T& element) {
    std::size_t gap = slot_of(element);
    // What follows moves up, unless it would come before its home.
    for (std::size_t i = next(gap); slots_[i].element != nullptr; i = next(i)) {
      if (distance(home(slots_[i].hash), i) < distance(gap, i)) continue;
      slots_[gap] = slots_[i];
      gap = i;
    }
    slots_[gap] = {};
    --size_;
    if (slots_.size() > kFewest && 8 * size_ < slots_.size()) resize(slots_.size() / 2);
  }

  /// Puts `by`, which has the same hash, in the place of `element`.
  void replace(T& element, T& by) { slots_[slot_of(element)].element = &by; }

  /// Calls `visit` with each. It may destroy what it is called with.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (const Slot& slot : slots_) {
      if (slot.element != nullptr) visit(*slot.element);
    }
  }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    T* element = nullptr;
  };
  static constexpr unsigned kFewestBits = 3;
  static constexpr std::size_t kFewest = std::size_t{1} << kFewestBits;

  [[nodiscard]] std::size_t home(std::uint32_t hash) const { return hash >> shift_; }
  [[nodiscard]] std::size_t next(std::size_t i) const { return (i + 1) & (slots_.size() - 1); }
  [[nodiscard]] std::size_t distance(std::size_t from, std::size_t to) const {
    return (to - from) & (slots_.size() - 1);
  }

  [[nodiscard]] std::size_t slot_of(const T& element) const {
    std::size_t i = home(element.*Hash);
    while (slots_[i].element != &element) i = next(i);
    return i;
  }

  void place(const Slot& slot) {
    std::size_t i = home(slot.hash);
    while (slots_[i].element != nullptr) i = next(i);
    slots_[i] = slot;
  }

  void resize(std::size_t slots) {
    const std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(slots));
    shift_ = slots > old.size() ? shift_ - 1 : shift_ + 1;
    for (const Slot& slot : old) {
      if (slot.element != nullptr) place(slot);
    }
  }

  std::vector<Slot> slots_;
  unsigned shift_ = 32 - kFewestBits;
  std::size_t size_ = 0;
};

}  // namespace hermes::ext::cron

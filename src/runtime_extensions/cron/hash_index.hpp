// A hash table through members of its elements, without pauses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>

namespace hermes::ext::cron {

/// Finds T that belong to someone else by a hash that each carries in its member `Hash`; chained
/// through the member `Next`. Grows and shrinks by one bucket with an insertion or removal (linear
/// hashing, W. Litwin 1980): none of them ever moves more than the elements of two buckets, however
/// many there are. Hashes are uniform in all their bits, and keyed where somebody else chooses what
/// is hashed. Not synchronised.
template <class T, T* T::* Next, std::uint32_t T::* Hash>
class HashIndex {
 public:
  HashIndex() : buckets_(1) {}

  [[nodiscard]] std::size_t size() const { return size_; }

  /// The one with `hash` that `matches`; nullptr: there is none.
  template <class Matches>
  [[nodiscard]] T* find(std::uint32_t hash, Matches&& matches) const {
    for (T* each = buckets_[bucket_of(hash)]; each != nullptr; each = each->*Next) {
      if (each->*Hash == hash && matches(std::as_const(*each))) return each;
    }
    return nullptr;
  }

  void insert(T& element) {
    push(element);
    if (++size_ > buckets_.size()) split();
  }

  /// `element` is in the table.
  void erase(T& element) {
    *link_to(element) = element.*Next;
    if (--size_ < buckets_.size() / 2) merge();
  }

  /// Puts `by`, which has the same hash, in the place of `element`.
  void replace(T& element, T& by) {
    by.*Next = element.*Next;
    *link_to(element) = &by;
  }

  /// Calls `visit` with each. It may destroy what it is called with.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (T* each : buckets_) {
      while (each != nullptr) visit(*std::exchange(each, each->*Next));
    }
  }

 private:
  // There are between `half_` and twice as many buckets. Those that have been split already, and
  // their other halves, are told apart by one more bit of the hash.
  [[nodiscard]] std::size_t bucket_of(std::uint32_t hash) const {
    const std::size_t bucket = hash & (2 * half_ - 1);
    return bucket < buckets_.size() ? bucket : bucket - half_;
  }

  T** link_to(T& element) {
    T** link = &buckets_[bucket_of(element.*Hash)];
    while (*link != &element) link = &((*link)->*Next);
    return link;
  }

  void push(T& element) {
    T*& bucket = buckets_[bucket_of(element.*Hash)];
    element.*Next = std::exchange(bucket, &element);
  }

  void push_all(T* chain) {
    while (chain != nullptr) push(*std::exchange(chain, chain->*Next));
  }

  void split() {
    T* chain = std::exchange(buckets_[buckets_.size() - half_], nullptr);
    buckets_.push_back(nullptr);
    if (buckets_.size() == 2 * half_) half_ *= 2;
    push_all(chain);
  }

  void merge() {
    T* chain = buckets_.back();
    if (buckets_.size() == half_) half_ /= 2;
    buckets_.pop_back();
    push_all(chain);
  }

  // A deque, because it grows without copying what is there.
  std::deque<T*> buckets_;
  std::size_t half_ = 1;
  std::size_t size_ = 0;
};

}  // namespace hermes::ext::cron

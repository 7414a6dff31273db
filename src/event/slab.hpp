// Objects of one type that are made once and used again and again.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace hermes::event {

/// A free list over chunks of T. Memory stays what it is until the slab is destroyed: a pointer to
/// an object that was given back still points to a T. T has a member `T* next`, free to use while
/// the object is not lent. Not synchronised.
template <class T>
class Slab {
 public:
  Slab() = default;
  Slab(const Slab&) = delete;
  Slab& operator=(const Slab&) = delete;

  /// An object as its last user left it, or a new one.
  T& take() {
    if (free_ == nullptr) grow();
    T& object = *free_;
    free_ = object.next;
    object.next = nullptr;
    return object;
  }
  void give(T& object) {
    object.next = free_;
    free_ = &object;
  }

 private:
  static constexpr std::size_t kChunk = 64;

  void grow() {
    chunks_.push_back(std::make_unique<T[]>(kChunk));
    for (std::size_t i = kChunk; i > 0; --i) give(chunks_.back()[i - 1]);
  }

  T* free_ = nullptr;
  std::vector<std::unique_ptr<T[]>> chunks_;
};

}  // namespace hermes::event

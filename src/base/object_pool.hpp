// Objects that are used again instead of being freed.
#pragma once

#include "base/adaptive_mutex.hpp"

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace hermes {

/// Keeps finished objects of type T for the next user. What T holds (capacity of strings and
/// vectors) is kept too, so after a warm-up nothing is allocated. Safe to use from any thread. Must
/// outlive what it lent.
template <class T>
class ObjectPool {
 public:
  /// At most `max_idle` objects are kept; more are destroyed when they come back.
  explicit ObjectPool(std::size_t max_idle = 1024) : max_idle_(max_idle) {
    idle_.reserve(max_idle);
  }
  ObjectPool(const ObjectPool&) = delete;
  ObjectPool& operator=(const ObjectPool&) = delete;

  /// An idle object as its last user left it, or a new T(arguments...).
  template <class... Arguments>
  [[nodiscard]] std::unique_ptr<T> take(Arguments&&... arguments) {
    {
      std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<T> object = std::move(idle_.back());
        idle_.pop_back();
        return object;
      }
    }
    return std::make_unique<T>(std::forward<Arguments>(arguments)...);
  }

  /// Gives an object back. The giver has reset it.
  void give(std::unique_ptr<T> object) {
    std::lock_guard lock(mutex_);
    // The vector has room for max_idle_ from the start: this never allocates.
    if (idle_.size() < max_idle_) idle_.push_back(std::move(object));
  }

  [[nodiscard]] std::size_t idle() const {
    std::lock_guard lock(mutex_);
    return idle_.size();
  }

 private:
  mutable AdaptiveMutex mutex_;
  std::vector<std::unique_ptr<T>> idle_;
  std::size_t max_idle_;
};

}  // namespace hermes

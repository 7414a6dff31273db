// Objects that are used again instead of being freed.
#pragma once

#include "base/adaptive_mutex.hpp"
#include "base/thread_index.hpp"

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace hermes {

/// Keeps finished objects of type T for the next user. What T holds (capacity of strings and
/// vectors) is kept too, so after a warm-up nothing is allocated. Safe to use from any thread. Must
/// outlive what it lent.
///
/// A thread that takes and gives in turn, as a worker does whose calls do not wait, gets the object
/// that it used last, without a lock and without sharing a cache line with another thread.
template <class T>
class ObjectPool {
 public:
  /// Objects that threads keep for themselves, each in its place; threads beyond that many share.
  static constexpr std::size_t kThreadPlaces = 16;

  /// At most `max_idle` objects are kept besides; more are destroyed when they come back.
  explicit ObjectPool(std::size_t max_idle = 1024) : max_idle_(max_idle) {
    idle_.reserve(max_idle);
  }
  ObjectPool(const ObjectPool&) = delete;
  ObjectPool& operator=(const ObjectPool&) = delete;
  ~ObjectPool() {
    for (Place& place : places_) delete place.object.load(std::memory_order_acquire);
  }

  /// An idle object as its last user left it, or a new T(arguments...).
  template <class... Arguments>
  [[nodiscard]] std::unique_ptr<T> take(Arguments&&... arguments) {
    std::atomic<T*>& own = own_place();
    if (own.load(std::memory_order_relaxed) != nullptr) {
      if (T* object = own.exchange(nullptr, std::memory_order_acquire)) {
        return std::unique_ptr<T>(object);
      }
    }
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
    std::atomic<T*>& own = own_place();
    T* nothing = nullptr;
    if (own.load(std::memory_order_relaxed) == nullptr &&
        own.compare_exchange_strong(nothing, object.get(), std::memory_order_release,
                                    std::memory_order_relaxed)) {
      static_cast<void>(object.release());
      return;
    }
    std::lock_guard lock(mutex_);
    // The vector has room for max_idle_ from the start: this never allocates.
    if (idle_.size() < max_idle_) idle_.push_back(std::move(object));
  }

  [[nodiscard]] std::size_t idle() const {
    std::size_t count = 0;
    for (const Place& place : places_) count += place.object.load() == nullptr ? 0 : 1;
    std::lock_guard lock(mutex_);
    return count + idle_.size();
  }

 private:
  struct alignas(kCacheLine) Place {
    std::atomic<T*> object{nullptr};
  };

  std::atomic<T*>& own_place() { return places_[this_thread_index() % kThreadPlaces].object; }

  std::array<Place, kThreadPlaces> places_;
  mutable AdaptiveMutex mutex_;
  std::vector<std::unique_ptr<T>> idle_;
  std::size_t max_idle_;
};

}  // namespace hermes

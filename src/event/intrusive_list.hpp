// Doubly linked lists through members of their elements.
#pragma once

#include <cstddef>

namespace hermes::event {

/// Ordered list of T that belong to someone else, linked through two members of T: an element is in
/// one list per pair of members at a time. Everything is O(1). Not synchronised.
template <class T, T* T::* Previous = &T::previous, T* T::* Next = &T::next>
class IntrusiveList {
 public:
  [[nodiscard]] bool empty() const { return front_ == nullptr; }
  [[nodiscard]] T* front() const { return front_; }
  [[nodiscard]] std::size_t size() const { return size_; }

  void push_back(T& element) {
    element.*Previous = back_;
    element.*Next = nullptr;
    (back_ == nullptr ? front_ : back_->*Next) = &element;
    back_ = &element;
    ++size_;
  }

  /// `element` is in this list.
  void remove(T& element) {
    (element.*Previous == nullptr ? front_ : (element.*Previous)->*Next) = element.*Next;
    (element.*Next == nullptr ? back_ : (element.*Next)->*Previous) = element.*Previous;
    element.*Previous = nullptr;
    element.*Next = nullptr;
    --size_;
  }

  /// nullptr when empty.
  T* pop_front() {
    T* element = front_;
    if (element != nullptr) remove(*element);
    return element;
  }

 private:
  T* front_ = nullptr;
  T* back_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace hermes::event

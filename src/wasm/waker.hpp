// How anything that finishes elsewhere (a host function, Wasmtime's WASI) says that a call can go
// on.
#pragma once

#include <atomic>
#include <cstddef>
#include <utility>

namespace hermes::wasm {

/// Counts its references itself; the last one that goes deletes it. References may come and go on
/// any thread.
// Only its own references delete it, so the destructor is virtual, and out of reach.
// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor)
class RefCounted {
 public:
  RefCounted() = default;
  RefCounted(const RefCounted&) = delete;
  RefCounted& operator=(const RefCounted&) = delete;

  void add_reference() noexcept { references_.fetch_add(1, std::memory_order_relaxed); }

  void release_reference() noexcept {
    if (references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      delete this;
    }
  }

 protected:
  virtual ~RefCounted() = default;

 private:
  // Starts at one: whoever makes the object holds the first reference.
  std::atomic<std::size_t> references_{1};
};

/// Something that can be woken. A waker may outlive the interest in it: a late wake is harmless.
class WakeTarget : public RefCounted {
 public:
  /// There may be something to do. Any thread, any number of times, also during a poll.
  virtual void wake() noexcept = 0;
};

/// A shared handle to a RefCounted object, or empty. One thread at a time per handle.
template <class T>
class Ref {
 public:
  Ref() noexcept = default;
  /// Takes over a reference that the caller holds.
  static Ref adopt(T* target) noexcept {
    Ref ref;
    ref.target_ = target;
    return ref;
  }
  /// Adds a reference of its own.
  static Ref share(T* target) noexcept {
    if (target != nullptr) {
      target->add_reference();
    }
    return adopt(target);
  }
  Ref(const Ref& other) noexcept : Ref(share(other.target_)) {}
  Ref(Ref&& other) noexcept : target_(std::exchange(other.target_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(target_, other.target_);
    return *this;
  }
  ~Ref() {
    if (target_ != nullptr) {
      target_->release_reference();
    }
  }

  [[nodiscard]] T* get() const noexcept { return target_; }
  [[nodiscard]] T& operator*() const noexcept { return *target_; }
  [[nodiscard]] T* operator->() const noexcept { return target_; }
  explicit operator bool() const noexcept { return target_ != nullptr; }

 private:
  T* target_ = nullptr;
};

using Waker = Ref<WakeTarget>;

}  // namespace hermes::wasm

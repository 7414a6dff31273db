// What one call of a guest sees of its host.
#pragma once

#include "hermes_native/wasm.h"
#include "wasm/arena.hpp"
#include "wasm/resource_table.hpp"
#include "wasm/waker.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace hermes::wasm {

/// What a suspending host function leaves in the context while the guest waits.
class PendingHostCall : public RefCounted {
 public:
  /// The guest is gone: nobody will take the result. Does nothing when the work is done already.
  virtual void cancel() noexcept = 0;
};

/// Where a guest's text comes from.
enum class OutputStream { kStandardOutput, kStandardError };

/// The result of a host function, at a stable address from the moment the function returns until
/// its value was written into the guest. One at a time: the guest waits meanwhile.
class ResultSlot {
 public:
  static constexpr std::size_t kInlineBytes = 256;

  ResultSlot() = default;
  ResultSlot(const ResultSlot&) = delete;
  ResultSlot& operator=(const ResultSlot&) = delete;
  ~ResultSlot() { clear(); }

  /// Constructs the T that `make` returns in the slot, without moving it.
  template <class T, class Make>
  T& emplace_with(Make&& make) {
    clear();
    void* address = inline_;
    if constexpr (sizeof(T) > kInlineBytes || alignof(T) > alignof(std::max_align_t)) {
      heap_ = ::operator new(sizeof(T), std::align_val_t(alignof(T)));
      address = heap_;
      destroy_ = [](ResultSlot& slot) noexcept {
        static_cast<T*>(slot.heap_)->~T();
        ::operator delete(slot.heap_, sizeof(T), std::align_val_t(alignof(T)));
        slot.heap_ = nullptr;
      };
    } else if constexpr (!std::is_trivially_destructible_v<T>) {
      destroy_ = [](ResultSlot& slot) noexcept {
        std::launder(reinterpret_cast<T*>(slot.inline_))->~T();
      };
    }
    return *::new (address) T(std::forward<Make>(make)());
  }

  /// The value put in by emplace_with<T>.
  template <class T>
  [[nodiscard]] T& get() noexcept {
    if constexpr (sizeof(T) > kInlineBytes || alignof(T) > alignof(std::max_align_t)) {
      return *static_cast<T*>(heap_);
    } else {
      return *std::launder(reinterpret_cast<T*>(inline_));
    }
  }

  void clear() noexcept {
    if (destroy_ != nullptr) {
      std::exchange(destroy_, nullptr)(*this);
    }
  }

 private:
  void (*destroy_)(ResultSlot&) noexcept = nullptr;
  void* heap_ = nullptr;
  alignas(std::max_align_t) std::byte inline_[kInlineBytes];
};

/// Bounds on what one call may make the host do.
struct CallContextLimits {
  /// Bytes of guest data that one host call may make the host validate or copy. Lists that alias
  /// the same memory count each time, so nesting cannot multiply the work.
  std::uint64_t lift_bytes = 128ULL * 1024 * 1024;
  /// Host resources that may live at the same time.
  std::uint32_t max_handles = ResourceTable::kDefaultMaxSlots;
};

/// Base of the context that host functions get as their first parameter; the application layer
/// derives from it. Owns the memory that calls need again and again, so that a context that is used
/// for many calls, one after the other, allocates nothing once it is warm.
///
/// One call at a time uses a context, on one thread at a time. Lives until that call is closed.
class CallContext {
 public:
  explicit CallContext(const CallContextLimits& limits = {});
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;
  virtual ~CallContext();

  /// Called when the guest writes to its standard streams, in the pieces in which it writes them:
  /// not necessarily lines, not necessarily UTF-8. On the thread that polls the call, while the
  /// guest runs: must be quick and must not block. Drops the text unless overridden.
  virtual void on_output(OutputStream stream, std::span<const std::byte> data);

  /// The host resources of this call.
  [[nodiscard]] ResourceTable& resources() noexcept { return resources_; }
  [[nodiscard]] const CallContextLimits& limits() const noexcept { return limits_; }
  void set_limits(const CallContextLimits& limits) noexcept;

  /// Forgets everything of the call that used this context: destroys its resources and whatever
  /// result was not delivered, cancels a host function that is still pending. Keeps capacity. The
  /// call must be closed.
  void reset() noexcept;

  /// Wakes the call that uses this context; empty when none does.
  [[nodiscard]] const Waker& waker() const noexcept { return waker_; }
  void set_waker(Waker waker) noexcept { waker_ = std::move(waker); }

  /// For generated code and the codecs; nothing for host functions to touch.
  struct Internals {
    Arena arena;
    ResultSlot result;
    std::vector<hn_allocation> allocations;
    std::vector<hn_handle> handles;
    /// Slots of host resources that the export under way has borrowed.
    std::vector<std::uint32_t> lent_slots;
    /// How the guest that values are lowered into encodes strings.
    hn_string_encoding encoding = HN_STRING_UTF8;
    /// Text of the violation that lifting or lowering ended with.
    std::string failure;
    hn_error_kind failure_kind = HN_ERROR_TRAP;
    /// The host function that the guest waits for, if any.
    Ref<PendingHostCall> pending;
  };
  [[nodiscard]] Internals& internals() noexcept { return internals_; }
  /// Forgets what was lent to an export that has returned.
  void end_borrows() noexcept {
    for (const std::uint32_t slot : internals_.lent_slots) {
      resources_.drop(slot);
    }
    internals_.lent_slots.clear();
  }

 private:
  CallContextLimits limits_;
  ResourceTable resources_;
  Internals internals_;
  Waker waker_;
};

}  // namespace hermes::wasm

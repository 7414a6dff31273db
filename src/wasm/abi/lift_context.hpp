// State of reading values out of a guest.
#pragma once

#include "hermes_native/wasm.h"
#include "wasm/call_context.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace hermes::wasm::abi {

/// The guest's memory and handles while one set of values is lifted, and the bound on the work that
/// they may cause. Lives on the stack of a callback; the guest does not run meanwhile.
class LiftContext {
 public:
  LiftContext(CallContext& call, const hn_lifted& values) noexcept
      : call_(call),
        memory_(reinterpret_cast<const std::byte*>(values.memory)),
        memory_size_(values.memory_size),
        budget_(call.limits().lift_bytes),
        handles_(values.handles),
        handle_count_(values.handle_count),
        encoding_(values.encoding) {}
  LiftContext(const LiftContext&) = delete;
  LiftContext& operator=(const LiftContext&) = delete;

  [[nodiscard]] CallContext& call() noexcept { return call_; }
  [[nodiscard]] Arena& arena() noexcept { return call_.internals().arena; }
  [[nodiscard]] hn_string_encoding encoding() const noexcept { return encoding_; }
  [[nodiscard]] const std::byte* at(std::uint32_t offset) const noexcept {
    return memory_ + offset;
  }

  /// Checks a block of `count` elements of `size` bytes at `pointer`, and charges `cost` bytes for
  /// each element. `what` names it in the failure: "list".
  [[nodiscard]] bool check_block(const char* what, std::uint32_t pointer, std::uint32_t count,
                                 std::uint32_t size, std::uint32_t alignment, std::uint32_t cost) {
    const std::uint64_t bytes = std::uint64_t{count} * size;
    if (pointer % alignment != 0) [[unlikely]] {
      return fail_alignment(what, pointer, alignment);
    }
    if (pointer + bytes > memory_size_) [[unlikely]] {
      return fail_bounds(what, pointer, bytes);
    }
    return charge(std::uint64_t{count} * cost);
  }

  /// Takes `bytes` from what this host call may validate or copy.
  [[nodiscard]] bool charge(std::uint64_t bytes) {
    if (bytes > budget_) [[unlikely]] {
      return fail_budget();
    }
    budget_ -= bytes;
    return true;
  }

  /// The representation behind the next handle of the values.
  [[nodiscard]] bool next_handle(std::uint32_t& representation) {
    if (next_handle_ >= handle_count_) [[unlikely]] {
      return fail("fewer handles arrived than the type has: a defect of the engine");
    }
    representation = handles_[next_handle_++];
    return true;
  }

  /// Notes a violation. Always false, for `return context.fail("...")`.
  [[gnu::cold, gnu::noinline]] bool fail(std::string message);
  [[gnu::cold, gnu::noinline]] bool fail_discriminant(const char* what, std::uint32_t found,
                                                      std::uint32_t cases);
  [[gnu::cold, gnu::noinline]] bool fail_char(std::uint32_t found);
  [[gnu::cold, gnu::noinline]] bool fail_handle(const char* what, std::uint32_t representation);

 private:
  [[gnu::cold, gnu::noinline]] bool fail_alignment(const char* what, std::uint32_t pointer,
                                                   std::uint32_t alignment);
  [[gnu::cold, gnu::noinline]] bool fail_bounds(const char* what, std::uint32_t pointer,
                                                std::uint64_t bytes);
  [[gnu::cold, gnu::noinline]] bool fail_budget();

  CallContext& call_;
  const std::byte* memory_;
  std::uint64_t memory_size_;
  std::uint64_t budget_;
  const std::uint32_t* handles_;
  std::size_t handle_count_;
  std::size_t next_handle_ = 0;
  hn_string_encoding encoding_;
};

/// Reads a T that need not be aligned for C++ and may be anything the guest wrote.
template <class T>
[[nodiscard]] inline T load_raw(const std::byte* from) noexcept {
  T value;
  std::memcpy(&value, from, sizeof(T));
  return value;
}

template <class T>
inline void store_raw(std::byte* to, T value) noexcept {
  std::memcpy(to, &value, sizeof(T));
}

}  // namespace hermes::wasm::abi

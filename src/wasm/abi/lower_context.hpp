// State of writing values into a guest, which takes two steps: measure, then write.
//
// Between the two the guest's realloc runs, and no C++ frame may be on the stack then. So measure
// collects every block and handle that the values need, the native library provides them, and
// write, which cannot fail, takes them in the same order.
#pragma once

#include "hermes_native/wasm.h"
#include "wasm/call_context.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace hermes::wasm::abi {

/// Collects what values need from the guest.
class LowerContext {
 public:
  LowerContext(CallContext& call, hn_string_encoding encoding) noexcept : call_(call) {
    call.internals().encoding = encoding;
    call.internals().allocations.clear();
    call.internals().handles.clear();
  }
  LowerContext(const LowerContext&) = delete;
  LowerContext& operator=(const LowerContext&) = delete;

  [[nodiscard]] CallContext& call() noexcept { return call_; }
  [[nodiscard]] hn_string_encoding encoding() const noexcept { return call_.internals().encoding; }

  /// Asks for `count` elements of `size` bytes. `what` names them in the failure: "list".
  void allocate(const char* what, std::uint64_t count, std::uint32_t size,
                std::uint32_t alignment) {
    // count is the size of an object in this process, so the product cannot overflow 64 bits.
    const std::uint64_t bytes = count * size;
    if (bytes > UINT32_MAX || count > UINT32_MAX) [[unlikely]] {
      fail_size(what, bytes);
      return;
    }
    call_.internals().allocations.push_back(
        hn_allocation{static_cast<std::uint32_t>(bytes), alignment});
  }

  /// Asks for a handle to a resource: the representation of a host resource, the slot of a guest's.
  void handle(std::uint32_t position, std::uint32_t value) {
    call_.internals().handles.push_back(hn_handle{position, value});
  }

  /// Notes a failure; the first one counts.
  [[gnu::cold, gnu::noinline]] void fail(std::string message);
  [[gnu::cold, gnu::noinline]] void fail_handle_limit();
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  /// Hands the requests to the native library.
  void finish(hn_lowering& lowering) noexcept {
    CallContext::Internals& internals = call_.internals();
    lowering.allocations = internals.allocations.data();
    lowering.allocation_count = internals.allocations.size();
    lowering.handles = internals.handles.data();
    lowering.handle_count = internals.handles.size();
  }

 private:
  void fail(hn_error_kind kind, std::string message);
  [[gnu::cold, gnu::noinline]] void fail_size(const char* what, std::uint64_t bytes);

  CallContext& call_;
  bool failed_ = false;
};

/// Hands out what was asked for, in order, while values are written.
class Writer {
 public:
  /// `call` is the one that the values were measured with.
  Writer(CallContext& call, const hn_target& target) noexcept
      : memory_(reinterpret_cast<std::byte*>(target.memory)),
        pointers_(target.pointers),
        handles_(target.handles),
        encoding_(call.internals().encoding) {}
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  [[nodiscard]] hn_string_encoding encoding() const noexcept { return encoding_; }
  [[nodiscard]] std::byte* at(std::uint32_t offset) const noexcept { return memory_ + offset; }
  [[nodiscard]] std::uint32_t next_block() noexcept { return *pointers_++; }
  [[nodiscard]] std::uint32_t next_handle() noexcept { return (handles_++)->value; }

 private:
  std::byte* memory_;
  const std::uint32_t* pointers_;
  const hn_handle* handles_;
  hn_string_encoding encoding_;
};

}  // namespace hermes::wasm::abi

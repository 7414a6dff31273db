// Linear memory without a guest, for tests of the codecs, whose input and output are bytes.
#pragma once

#include "wasm/abi/function_abi.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace hermes::wasm::testing {

/// Bytes, a bump allocator for `realloc`, and the handles that a value was lowered with.
class GuestMemory {
 public:
  explicit GuestMemory(hn_string_encoding encoding = HN_STRING_UTF8, std::size_t size = 1 << 16)
      : words_(size / sizeof(std::uint64_t) + 1), size_(size), encoding_(encoding) {}

  [[nodiscard]] CallContext& context() noexcept { return context_; }
  [[nodiscard]] std::byte* data() noexcept { return reinterpret_cast<std::byte*>(words_.data()); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] hn_string_encoding encoding() const noexcept { return encoding_; }

  template <class T>
  void poke(std::uint32_t offset, T value) {
    std::memcpy(data() + offset, &value, sizeof(value));
  }
  template <class T>
  [[nodiscard]] T peek(std::uint32_t offset) {
    T value;
    std::memcpy(&value, data() + offset, sizeof(value));
    return value;
  }

  /// What the guest's realloc would answer. Zero-sized blocks too have an address.
  [[nodiscard]] std::uint32_t allocate(std::uint32_t size, std::uint32_t alignment) {
    next_ = (next_ + alignment - 1) / alignment * alignment;
    const std::uint32_t block = next_;
    next_ += size;
    if (next_ > size_) std::abort();
    return block;
  }

  /// Values as an export or host function would get them from here.
  [[nodiscard]] hn_lifted lifted(const hn_val* flat, std::uint32_t offset) {
    return hn_lifted{.flat = flat,
                     .offset = offset,
                     .encoding = encoding_,
                     .memory = reinterpret_cast<std::uint8_t*>(data()),
                     .memory_size = size_,
                     .handles = handles_.data(),
                     .handle_count = handles_.size()};
  }

  /// Writes a value where `realloc` says; the answer is its address. Nothing when it was refused.
  template <class T>
  [[nodiscard]] std::optional<std::uint32_t> store(T& value) {
    const std::optional<std::vector<std::uint32_t>> blocks = measure(value);
    if (!blocks.has_value()) return std::nullopt;
    const std::uint32_t at = allocate(abi::Codec<T>::kSize, abi::Codec<T>::kAlignment);
    const hn_target target = make_target(*blocks, nullptr, at);
    abi::Writer writer(context_, target);
    abi::Codec<T>::store(writer, data() + at, value);
    return at;
  }

  /// Writes a value as flat values.
  template <class T>
  [[nodiscard]] std::optional<std::vector<hn_val>> lower_flat(T& value) {
    const std::optional<std::vector<std::uint32_t>> blocks = measure(value);
    if (!blocks.has_value()) return std::nullopt;
    // Not zeroed, so that a flat value that lowering forgets shows.
    hn_val garbage{};
    std::memset(&garbage, 0xA5, sizeof(garbage));
    std::vector<hn_val> flat(abi::Codec<T>::kFlatCount, garbage);
    const hn_target target = make_target(*blocks, flat.data(), 0);
    abi::Writer writer(context_, target);
    abi::Codec<T>::lower_flat(writer, flat.data(), value);
    return flat;
  }

  /// Reads a value back; nothing, and failure() says why, when it breaks a rule.
  template <class T>
  [[nodiscard]] std::optional<T> load(std::uint32_t at) {
    const hn_lifted values = lifted(nullptr, at);
    abi::LiftContext context(context_, values);
    std::optional<T> value(std::in_place);
    if (!abi::Codec<T>::load(context, data() + at, *value)) return std::nullopt;
    return value;
  }

  template <class T>
  [[nodiscard]] std::optional<T> lift_flat(const std::vector<hn_val>& flat) {
    const hn_lifted values = lifted(flat.data(), 0);
    abi::LiftContext context(context_, values);
    std::optional<T> value(std::in_place);
    if (!abi::Codec<T>::lift_flat(context, flat.data(), *value)) return std::nullopt;
    return value;
  }

  [[nodiscard]] const std::string& failure() { return context_.internals().failure; }

 private:
  template <class T>
  [[nodiscard]] std::optional<std::vector<std::uint32_t>> measure(T& value) {
    abi::LowerContext lower(context_, encoding_);
    abi::Codec<T>::measure(lower, value, 0);
    if (lower.failed()) return std::nullopt;
    hn_lowering lowering{};
    lower.finish(lowering);
    std::vector<std::uint32_t> blocks;
    blocks.reserve(lowering.allocation_count);
    for (std::size_t index = 0; index < lowering.allocation_count; ++index) {
      blocks.push_back(
          allocate(lowering.allocations[index].size, lowering.allocations[index].alignment));
    }
    // The guest's handles are the representations themselves here, so they come back as they are.
    handles_.clear();
    handles_.reserve(lowering.handle_count);
    for (std::size_t index = 0; index < lowering.handle_count; ++index) {
      handles_.push_back(lowering.handles[index].value);
    }
    return blocks;
  }

  [[nodiscard]] hn_target make_target(const std::vector<std::uint32_t>& blocks, hn_val* flat,
                                      std::uint32_t at) {
    return hn_target{.flat = flat,
                     .offset = at,
                     .memory = reinterpret_cast<std::uint8_t*>(data()),
                     .memory_size = size_,
                     .pointers = blocks.data(),
                     .handles = context_.internals().handles.data()};
  }

  // Words, so that the memory starts as aligned as a real one.
  std::vector<std::uint64_t> words_;
  std::size_t size_;
  hn_string_encoding encoding_;
  std::uint32_t next_ = 16;
  std::vector<std::uint32_t> handles_;
  CallContext context_;
};

}  // namespace hermes::wasm::testing

// Memory for the views that one host call sees.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <vector>

namespace hermes::wasm {

/// Bump allocator for what lifting has to materialise: lists of records, transcoded strings.
/// Nothing is destroyed, so only trivially destructible types are taken. Not thread-safe.
class Arena {
 public:
  /// Enough for the parameters of usual calls, so that they need no heap.
  static constexpr std::size_t kInlineBytes = 1024;
  /// A chunk is at least this large. One chunk is kept by reset().
  static constexpr std::size_t kChunkBytes = std::size_t{16} * 1024;
  /// Larger chunks are given back by reset(), so that one large call does not stay resident.
  static constexpr std::size_t kMaxKeptChunkBytes = std::size_t{256} * 1024;

  Arena() noexcept : next_(inline_), end_(inline_ + kInlineBytes) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// `count` value-initialised objects that live until reset().
  template <class T>
  [[nodiscard]] std::span<T> allocate(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>, "the arena runs no destructors");
    T* items = static_cast<T*>(allocate_bytes(count * sizeof(T), alignof(T)));
    std::uninitialized_value_construct_n(items, count);
    return std::span<T>(items, count);
  }

  /// Uninitialised bytes that live until reset().
  [[nodiscard]] void* allocate_bytes(std::size_t size, std::size_t alignment) {
    const auto address = reinterpret_cast<std::uintptr_t>(next_);
    const std::size_t padding = (alignment - address % alignment) % alignment;
    const auto available = static_cast<std::size_t>(end_ - next_);
    if (size <= available && padding <= available - size) [[likely]] {
      std::byte* result = next_ + padding;
      next_ = result + size;
      return result;
    }
    return allocate_slow(size, alignment);
  }

  /// Ends the life of everything that was allocated.
  void reset() noexcept {
    if (!chunks_.empty()) [[unlikely]] {
      reset_chunks();
    } else {
      next_ = inline_;
    }
  }

 private:
  struct Chunk {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t size;
  };

  [[gnu::noinline]] void* allocate_slow(std::size_t size, std::size_t alignment);
  [[gnu::noinline]] void reset_chunks() noexcept;

  std::byte* next_;
  std::byte* end_;
  std::vector<Chunk> chunks_;
  alignas(std::max_align_t) std::byte inline_[kInlineBytes];
};

}  // namespace hermes::wasm

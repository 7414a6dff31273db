#include "wasm/arena.hpp"

#include <algorithm>
#include <utility>

namespace hermes::wasm {

void* Arena::allocate_slow(std::size_t size, std::size_t alignment) {
  const std::size_t chunk_size = std::max(size + alignment, kChunkBytes);
  chunks_.push_back(Chunk{std::make_unique_for_overwrite<std::byte[]>(chunk_size), chunk_size});
  next_ = chunks_.back().bytes.get();
  end_ = next_ + chunk_size;
  return allocate_bytes(size, alignment);
}

void Arena::reset_chunks() noexcept {
  if (chunks_.size() == 1 && chunks_.front().size <= kMaxKeptChunkBytes) [[likely]] {
    next_ = chunks_.front().bytes.get();
    return;
  }
  // A call that needed a chunk is likely to be followed by one that does: keep one.
  Chunk kept = std::move(chunks_.back());
  chunks_.clear();
  if (kept.size <= kMaxKeptChunkBytes) {
    next_ = kept.bytes.get();
    end_ = next_ + kept.size;
    chunks_.push_back(std::move(kept));
  } else {
    next_ = inline_;
    end_ = inline_ + kInlineBytes;
  }
}

}  // namespace hermes::wasm

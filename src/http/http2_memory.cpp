#include "http/http2_memory.hpp"

#include <cstdlib>
#include <cstring>
#include <limits>

namespace hermes::http {
namespace {

/// In front of every block stands its size, this one included.
constexpr std::size_t kBeforeBytes = alignof(std::max_align_t);
static_assert(kBeforeBytes >= sizeof(std::size_t));

void* begin_of(void* block) { return static_cast<char*>(block) - kBeforeBytes; }

std::size_t size_of(void* block) {
  std::size_t size = 0;
  if (block != nullptr) std::memcpy(&size, begin_of(block), sizeof size);
  return size;
}

void* block_at(void* begin, std::size_t size) {
  std::memcpy(begin, &size, sizeof size);
  return static_cast<char*>(begin) + kBeforeBytes;
}

}  // namespace

Http2Memory::Http2Memory(std::size_t most_bytes)
    : functions_{.mem_user_data = this,
                 .malloc = allocate,
                 .free = release,
                 .calloc = allocate_zeroed,
                 .realloc = resize},
      most_(most_bytes) {}

bool Http2Memory::take(std::size_t more, std::size_t less) {
  const std::size_t left = most_ - (used_ - less);
  if (more > left) return false;
  used_ += more - less;
  return true;
}

void* Http2Memory::resize(void* old, std::size_t size, void* self) {
  auto& memory = *static_cast<Http2Memory*>(self);
  const std::size_t before = size_of(old);
  if (size > std::numeric_limits<std::size_t>::max() - kBeforeBytes) return nullptr;
  const std::size_t wanted = size + kBeforeBytes;
  if (!memory.take(wanted, before)) return nullptr;
  void* const begin = std::realloc(old == nullptr ? nullptr : begin_of(old), wanted);
  if (begin == nullptr) {
    memory.used_ -= wanted - before;
    return nullptr;
  }
  return block_at(begin, wanted);
}

void* Http2Memory::allocate(std::size_t size, void* self) { return resize(nullptr, size, self); }

void* Http2Memory::allocate_zeroed(std::size_t count, std::size_t size, void* self) {
  if (size != 0 && count > std::numeric_limits<std::size_t>::max() / size) return nullptr;
  void* const block = allocate(count * size, self);
  if (block != nullptr) std::memset(block, 0, count * size);
  return block;
}

void Http2Memory::release(void* old, void* self) {
  if (old == nullptr) return;
  static_cast<Http2Memory*>(self)->used_ -= size_of(old);
  std::free(begin_of(old));
}

}  // namespace hermes::http

#include "http/shard.hpp"

#include <utility>

namespace hermes::http {

std::unique_ptr<char[]> Shard::take_buffer() {
  if (buffers_.empty()) return std::make_unique_for_overwrite<char[]>(kBufferBytes);
  std::unique_ptr<char[]> buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

void Shard::give_buffer(std::unique_ptr<char[]> buffer) {
  if (buffers_.size() < kMostBuffers) buffers_.push_back(std::move(buffer));
}

std::span<char> Shard::scratch() {
  if (scratch_ == nullptr) scratch_ = std::make_unique_for_overwrite<char[]>(kScratchBytes);
  return {scratch_.get(), kScratchBytes};
}

}  // namespace hermes::http

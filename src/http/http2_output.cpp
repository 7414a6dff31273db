#include "http/http2_output.hpp"

#include <algorithm>

namespace hermes::http {

void Http2Output::add_copied(std::size_t size) {
  left_ += size;
  if (!pieces_.empty() && pieces_.back().bytes == nullptr) {
    pieces_.back().size += size;
    return;
  }
  pieces_.push_back({.bytes = nullptr, .begin = copied_.size() - size, .size = size});
}

void Http2Output::copy(std::string_view bytes) {
  if (bytes.empty()) return;
  copied_ += bytes;
  add_copied(bytes.size());
}

void Http2Output::refer(std::string_view bytes) {
  if (bytes.size() <= kCopiedBytes) return copy(bytes);
  pieces_.push_back({.bytes = bytes.data(), .begin = 0, .size = bytes.size()});
  left_ += bytes.size();
}

std::span<char> Http2Output::room(std::size_t size) {
  const std::size_t before = copied_.size();
  // The library of GCC 12 hands on a larger size than it was given.
  const std::size_t wanted = before + size;
  if (wanted > copied_.capacity()) copied_.reserve(std::max(wanted, 2 * copied_.capacity()));
  copied_.resize_and_overwrite(wanted, [wanted](char*, std::size_t) { return wanted; });
  add_copied(size);
  return std::span(copied_).subspan(before);
}

void Http2Output::drop(std::size_t size) {
  copied_.resize(copied_.size() - size);
  pieces_.back().size -= size;
  if (pieces_.back().size == 0) pieces_.pop_back();
  left_ -= size;
}

std::span<const iovec> Http2Output::parts() {
  parts_.clear();
  std::size_t skip = taken_bytes_;
  for (const Piece& piece : std::span(pieces_).subspan(taken_pieces_)) {
    const char* const begin = piece.bytes != nullptr ? piece.bytes : copied_.data() + piece.begin;
    parts_.push_back({.iov_base = const_cast<char*>(begin) + skip, .iov_len = piece.size - skip});
    skip = 0;
  }
  return parts_;
}

void Http2Output::take(std::size_t size) {
  left_ -= size;
  if (left_ == 0) return clear();
  taken_bytes_ += size;
  while (taken_bytes_ >= pieces_[taken_pieces_].size) {
    taken_bytes_ -= pieces_[taken_pieces_].size;
    ++taken_pieces_;
  }
}

void Http2Output::clear() {
  copied_.clear();
  pieces_.clear();
  taken_pieces_ = 0;
  taken_bytes_ = 0;
  left_ = 0;
}

void Http2Output::release() {
  copied_ = std::string();
  pieces_ = std::vector<Piece>();
  parts_ = std::vector<iovec>();
}

}  // namespace hermes::http

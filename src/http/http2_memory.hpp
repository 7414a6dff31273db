// The memory of one HTTP/2 connection's frames, streams and header tables.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>

namespace hermes::http {

/// Allocates for nghttp2 up to a bound: beyond it nothing is left, and the connection ends.
/// Outlives the session that uses it. One thread at a time.
class Http2Memory {
 public:
  explicit Http2Memory(std::size_t most_bytes);
  Http2Memory(const Http2Memory&) = delete;
  Http2Memory& operator=(const Http2Memory&) = delete;
  ~Http2Memory() = default;

  [[nodiscard]] nghttp2_mem* get() { return &functions_; }
  /// In bytes, with what accounting for them costs.
  [[nodiscard]] std::size_t used() const { return used_; }

 private:
  static void* allocate(std::size_t size, void* self);
  static void* allocate_zeroed(std::size_t count, std::size_t size, void* self);
  static void* resize(void* old, std::size_t size, void* self);
  static void release(void* old, void* self);

  /// May `more` bytes be allocated where `less` go? Accounts for them if so.
  bool take(std::size_t more, std::size_t less);

  nghttp2_mem functions_;
  std::size_t most_;
  std::size_t used_ = 0;
};

}  // namespace hermes::http

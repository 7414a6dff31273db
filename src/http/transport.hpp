// The bytes of one connection, plain or encrypted.
#pragma once

#include "http/io.hpp"
#include "http/response.hpp"

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace hermes::http {

/// What became of an attempt to move bytes.
struct IoResult {
  enum class State : std::uint8_t {
    /// `bytes` were moved, at least one.
    kMoved,
    /// Nothing can be moved before the socket is readable, or writable.
    kWaitForRead,
    kWaitForWrite,
    /// The peer has ended its side in order.
    kEnd,
    kFailed,
  };
  State state = State::kFailed;
  std::size_t bytes = 0;

  [[nodiscard]] bool moved() const { return state == State::kMoved; }
  [[nodiscard]] bool must_wait() const {
    return state == State::kWaitForRead || state == State::kWaitForWrite;
  }
};

/// Moves bytes without ever waiting; who uses it waits for the socket meanwhile. One thread at a
/// time.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  virtual IoResult read(std::span<char> into) = 0;
  /// Takes a part of `from`, in order.
  virtual IoResult write(std::span<const iovec> from) = 0;
  /// Takes a part of `length` bytes of the file from `offset` on. kFailed also when the file has
  /// become shorter.
  virtual IoResult send_file(int descriptor, std::uint64_t offset, std::uint64_t length) = 0;
  /// Whether bytes were received that read() has not given out, and that the socket does not tell.
  [[nodiscard]] virtual bool has_pending() const { return false; }
};

/// TCP as it is.
class PlainTransport final : public Transport {
 public:
  /// `descriptor` is a socket that does not block, and outlives this.
  explicit PlainTransport(int descriptor) : descriptor_(descriptor) {}

  IoResult read(std::span<char> into) override;
  IoResult write(std::span<const iovec> from) override;
  IoResult send_file(int descriptor, std::uint64_t offset, std::uint64_t length) override;

 private:
  int descriptor_;
};

}  // namespace hermes::http

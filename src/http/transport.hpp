// The bytes of one connection, plain or encrypted.
#pragma once

#include "http/io.hpp"
#include "http/response.hpp"

#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

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

/// Whether more is written at once after what is being written: then it need not go out by itself.
enum class Then : bool { kNothing, kMore };

/// Why a connection did not become a secure one.
struct HandshakeFailure {
  enum class Kind : std::uint8_t {
    kRefused,
    /// The client has gone without having sent anything, as those do that look whether a port is
    /// open.
    kNothingSent,
    /// What the client sends is no TLS, and could be HTTP.
    kPlain,
  };
  /// For the log. Lives for ever.
  std::string_view reason;
  Kind kind = Kind::kRefused;
};

/// Moves bytes without ever waiting; who uses it waits for the socket meanwhile. One thread at a
/// time.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;

  /// Before everything else, where it is secure(): agrees with the client on keys. kMoved: done.
  virtual IoResult handshake() { return {IoResult::State::kMoved, 0}; }
  /// After handshake() has failed.
  [[nodiscard]] virtual HandshakeFailure handshake_failure() const { return {}; }
  /// Tells the client that it has got everything, where the end of the connection alone does not
  /// (close_notify, RFC 8446 section 6.1). Nothing is written after it. kMoved: done, or there is
  /// nobody to tell.
  virtual IoResult finish() { return {IoResult::State::kMoved, 0}; }

  virtual IoResult read(std::span<char> into) = 0;
  /// Takes a part of `from`, in order.
  virtual IoResult write(std::span<const iovec> from, Then then) = 0;
  /// Takes a part of `length` bytes of the file from `offset` on. kFailed also when the file has
  /// become shorter.
  virtual IoResult send_file(int descriptor, std::uint64_t offset, std::uint64_t length) = 0;
  /// Whether bytes were received that read() has not given out, and that the socket does not tell.
  [[nodiscard]] virtual bool has_pending() const { return false; }
  /// The protocol that client and server have agreed on (ALPN, RFC 7301); empty: none.
  [[nodiscard]] virtual std::string_view alpn() const { return {}; }
  /// Whether nobody on the way can read or change what is moved.
  [[nodiscard]] virtual bool secure() const { return false; }
};

/// TCP as it is.
class PlainTransport final : public Transport {
 public:
  /// `descriptor` is a socket that does not block, and outlives this.
  explicit PlainTransport(int descriptor) : descriptor_(descriptor) {}

  IoResult read(std::span<char> into) override;
  IoResult write(std::span<const iovec> from, Then then) override;
  IoResult send_file(int descriptor, std::uint64_t offset, std::uint64_t length) override;

 private:
  int descriptor_;
};

}  // namespace hermes::http

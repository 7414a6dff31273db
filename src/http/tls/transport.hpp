// The bytes of one TLS connection.
#pragma once

#include "http/tls/context.hpp"
#include "http/tls/openssl.hpp"
#include "http/transport.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace hermes::http {

/// TLS on a socket. After kWaitForRead or kWaitForWrite the same is tried again: a write begins
/// with the same bytes then. Without a request it has no buffers.
class TlsTransport final : public Transport {
 public:
  /// What one record holds at most (RFC 8446 section 5.1); writes take no more at once.
  static constexpr std::size_t kRecordBytes = 16'384;

  /// `descriptor` is a socket that does not block, and outlives this.
  TlsTransport(int descriptor, std::shared_ptr<const TlsContext> context);

  IoResult handshake() override;
  [[nodiscard]] HandshakeFailure handshake_failure() const override;
  IoResult finish() override;

  IoResult read(std::span<char> into) override;
  IoResult write(std::span<const iovec> from, Then then) override;
  IoResult send_file(int descriptor, std::uint64_t offset, std::uint64_t length) override;
  [[nodiscard]] bool has_pending() const override;
  [[nodiscard]] std::string_view alpn() const override;
  [[nodiscard]] bool secure() const override { return true; }

 private:
  /// How OpenSSL reaches the socket.
  struct SocketBio;

  enum class State : std::uint8_t {
    kHandshake,
    kOpen,
    /// Nothing more is written; close_notify is out.
    kFinished,
    /// Nothing can be read or written any more, and nothing may be said.
    kBroken,
  };

  /// What became of a call of OpenSSL that returned `result`.
  IoResult after(int result);
  IoResult write_record(std::span<const char> bytes);

  int descriptor_;
  State state_ = State::kHandshake;
  bool received_any_ = false;
  /// The first bytes are no TLS, but could be HTTP.
  bool received_text_ = false;
  std::string_view failure_;
  std::shared_ptr<const TlsContext> context_;
  SslPtr ssl_;
};

}  // namespace hermes::http

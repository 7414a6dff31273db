// Why a request that was sent has no answer, or not all of it.
#pragma once

#include <cstdint>
#include <string_view>

namespace hermes::http {

/// How a transfer ended.
enum class ClientFailure : std::uint8_t {
  /// It did not fail: the answer is complete.
  kNone,
  /// The name of the host is not known, or cannot be found out; or it took longer than connecting
  /// may.
  kName,
  kNameTimeout,
  /// Every address of the host is one that must not be connected to.
  kAddressRefused,
  kUnreachable,
  kConnectionRefused,
  kConnectionTimeout,
  /// The connection was lost before the answer was complete, or broken off by the server.
  kConnectionLost,
  /// No answer in time; nothing more of an answer in time; all of it took too long.
  kFirstByteTimeout,
  kBetweenBytesTimeout,
  kTotalTimeout,
  kTlsProtocol,
  /// The server's certificate is not trusted, or not for this host.
  kTlsCertificate,
  /// What the server sends is no HTTP.
  kProtocol,
  kHeadTooLarge,
  kContentTooLarge,
  /// The body of the request is longer than it may be, or was given up by whoever made it.
  kBodyTooLarge,
  kBodyBroken,
  /// There are as many requests under way as the client may have.
  kTooMany,
  /// Whoever sent it does not want it any more, or the client stops.
  kCancelled,
  /// A defect of the engine, or out of memory.
  kInternal,
};

/// One sentence for people. Static.
[[nodiscard]] std::string_view describe(ClientFailure failure);

/// Whether it took too long.
[[nodiscard]] bool is_timeout(ClientFailure failure);

/// What libcurl's `code` (a CURLcode) means when nothing else is known.
[[nodiscard]] ClientFailure failure_of_curl(int code);

}  // namespace hermes::http

// What is sent, and who is told what comes of it.
#pragma once

#include "base/clock.hpp"
#include "http/client/client_failure.hpp"
#include "http/field.hpp"

#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::http {

/// Bounds of one request.
struct TransferLimits {
  /// To resolve the name, connect, and make TLS.
  Duration connect_time = std::chrono::seconds{10};
  /// From then on, or from when the body of the request went forward last, to the end of the
  /// answer's head.
  Duration first_byte_time = std::chrono::seconds{30};
  /// Between two pieces of the answer's content. Does not pass while the handler has no room.
  Duration between_bytes_time = std::chrono::seconds{30};
  /// All of it, the handler's pauses included; zero: as long as the others allow.
  Duration total_time = Duration::zero();
  /// Bytes of one head (status line and fields), and of the trailers.
  std::size_t max_head_bytes = std::size_t{64} * 1024;
  /// Bytes of the answer's content as it is sent, and of the request's body.
  std::uint64_t max_content_bytes = std::uint64_t{1} << 30;
  std::uint64_t max_body_bytes = std::uint64_t{1} << 30;
};

struct ClientField {
  std::string name;
  std::string value;
};

/// A request to send. Redirects are not followed, content is not decoded.
struct ClientRequest {
  /// A token; not CONNECT.
  std::string method = "GET";
  /// Absolute, `http` or `https`, as it is to be sent: dot segments stay.
  std::string url;
  /// Names that are tokens, values without control characters. Host, and what belongs to the
  /// connection or to the framing of the body, are the client's own.
  std::vector<ClientField> fields;
  bool has_body = false;
  /// Of the body, where that is known.
  std::optional<std::uint64_t> body_bytes;
  TransferLimits limits;
  /// Whether a connection may be made to this address. Asked on the thread of the client, for each
  /// address that is about to be connected to, and for that of a connection that is there already.
  std::function<bool(const boost::asio::ip::address&)> may_connect;
};

/// Whoever sends a request. All is called on the thread of the client, which must not be kept:
/// nothing here blocks. Must not throw.
class TransferHandler {
 public:
  TransferHandler() = default;
  TransferHandler(const TransferHandler&) = delete;
  TransferHandler& operator=(const TransferHandler&) = delete;
  virtual ~TransferHandler() = default;

  struct Body {
    enum class State : std::uint8_t {
      /// `bytes` were written, at least one.
      kSome,
      /// There is nothing yet: Transfer::resume() tells when there is.
      kLater,
      kEnd,
      /// It will never be complete: the request fails.
      kBroken,
    };
    State state = State::kEnd;
    std::size_t bytes = 0;
  };
  /// The next part of the request's body, into `into`. Only for requests that have one.
  virtual Body read_body(std::span<char> into) {
    static_cast<void>(into);
    return {};
  }
  /// Fields to send after the body, once it has ended. Only a server that is told the body in
  /// chunks gets them: HTTP/1.1, and a body whose length was not given.
  virtual std::vector<ClientField> body_trailers() { return {}; }

  /// The head of the answer: its status, 200 to 999, and its fields with names in lower case, which
  /// are valid for the call. Once.
  virtual void on_head(unsigned status, std::span<const Field> fields) = 0;
  /// A part of the answer's content. Returns how much of it was taken; less than all: there is no
  /// room, and the rest comes again after Transfer::resume().
  virtual std::size_t on_content(std::string_view bytes) = 0;
  /// Fields that came after the content. At most once.
  virtual void on_trailers(std::span<const Field> fields) { static_cast<void>(fields); }
  /// It is over: nothing is called after this. Once, whatever happens.
  virtual void on_end(ClientFailure failure) = 0;

  /// Asked when the transfer is resumed. false: it is cancelled.
  [[nodiscard]] virtual bool wanted() { return true; }
};

}  // namespace hermes::http

// One HTTP request and its response, between a guest that serves wasi:http and whoever talks to the
// client.
#pragma once

#include "base/result.hpp"
#include "hermes_native/http.h"
#include "wasm/export_call.hpp"
#include "wasm/waker.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hermes::wasm {

/// A header or trailer field. A value is bytes, and need not be UTF-8.
struct HttpField {
  std::string_view name;
  std::string_view value;
};

/// What the guest is to see of a request before its body. Copied when an exchange is made of it.
struct HttpRequestHead {
  std::string_view method{};
  /// "http" or "https".
  std::string_view scheme = "http";
  /// Host, and port where it is not the scheme's. Not empty.
  std::string_view authority{};
  /// "/a?b", or "*".
  std::string_view path_with_query = "/";
  /// Names in any case. Fields that belong to the connection (`connection`, `host`,
  /// `transfer-encoding`, ...) are kept from the guest.
  std::span<const HttpField> fields{};
};

/// How much of the bodies is held between the two sides.
struct HttpWindows {
  /// Of the request, 4 KiB to 64 MiB; 64 KiB at first, and as many more as the guest has read.
  std::uint32_t request_bytes = 512 * 1024;
  /// Of the response, 64 KiB to 64 MiB: a guest that has written that much waits.
  std::uint32_t response_bytes = 256 * 1024;
};

/// Why a request body is broken off, for the guest that reads it.
enum class HttpAbort { kTerminated, kTimeout, kTooLarge };

/// Why there is no response, or not all of it.
struct HttpFailure {
  enum class Kind {
    /// The guest set an error code instead of a response.
    kGuest,
    /// The guest returned without setting one.
    kNoResponse,
    /// The guest gave its body up, or the body has another length than its head says.
    kBody,
    /// The call failed; its outcome has the backtrace.
    kCall,
    /// The call was closed before it ended, or none has served the exchange (HttpHandle).
    kCancelled,
  };
  Kind kind;
  /// Lives as long as the exchange.
  std::string_view message;
};

/// A piece of a response body: the bytes that the guest has written, without another copy.
class HttpChunk {
 public:
  HttpChunk() = default;
  /// Valid as long as this chunk, also when the exchange is gone.
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept {
    if (native_ == nullptr) return {};
    const hn_bytes bytes = hn_http_chunk_bytes(native_.get());
    return std::as_bytes(std::span(bytes.data, bytes.size));
  }

 private:
  friend class HttpExchange;
  friend class OutgoingHttp;
  explicit HttpChunk(hn_http_chunk* native) : native_(native) {}
  struct Deleter {
    void operator()(hn_http_chunk* chunk) const noexcept { hn_http_chunk_delete(chunk); }
  };
  std::unique_ptr<hn_http_chunk, Deleter> native_;
};

/// One exchange. Whoever talks to the client makes it, has a guest called with it (HttpHandle), and
/// moves bytes between it and the client:
///
///   body_room, commit_body... finish_body   the request, as it arrives
///   poll_head, status, fields, take...      the response, as the guest writes it
///
/// It and the call end independently. A guest may go on after its response is complete; what it has
/// written stays here, in at most one window, when its instance is gone. A failure of the call ends
/// the response: what the guest had written is still given out, and then kFailed.
///
/// To stop it all (the client has vanished): cancel the call, and destroy the exchange.
///
/// Threads: the functions for the request by one thread at a time, those for the response by one
/// thread at a time; both at once, and at once with the thread that polls the call.
class HttpExchange {
 public:
  enum class Poll {
    /// Nothing yet; the response waker will be woken.
    kPending,
    kReady,
    /// The body is complete.
    kEnd,
    /// There is no (more) response; see failure().
    kFailed,
  };

  /// `request_waker` is woken when there is room for the request after there was none, or when the
  /// guest does not want the rest. `response_waker` is woken when there is more of the response
  /// after kPending. Both may be empty, are woken on any thread, possibly with locks held (note it
  /// only), also without need, and are kept until the exchange is destroyed: what owns an exchange
  /// must not be kept alive by its wakers. Fails when `head` is no HTTP; the message names the
  /// part.
  [[nodiscard]] static Result<HttpExchange> create(const HttpRequestHead& head,
                                                   const HttpWindows& windows,
                                                   const Waker& request_waker,
                                                   const Waker& response_waker);

  /// Where the next bytes of the body go, as many as there is room for. It stays until the next
  /// commit_body or body_room, whatever the guest does. Of a body that nobody wants what is written
  /// is dropped.
  [[nodiscard]] std::span<std::byte> body_room() noexcept;
  /// `size` bytes were written to the beginning of that room.
  void commit_body(std::size_t size) noexcept;
  /// false: the guest has dropped the request body, or has ended.
  [[nodiscard]] bool body_wanted() const noexcept;
  /// The request body is complete. Fails when a trailer is no HTTP, and leaves the body open.
  [[nodiscard]] Result<void> finish_body(std::span<const HttpField> trailers = {});
  /// It will not be completed: the guest reads what was pushed, and then an error.
  void abort_body(HttpAbort reason) noexcept;

  /// kPending, kReady or kFailed.
  [[nodiscard]] Poll poll_head() noexcept;
  /// 100 to 999, as the guest has set it. After poll_head has answered kReady.
  [[nodiscard]] std::uint16_t status() const noexcept;
  /// The fields of the response, names in lower case. What they refer to lives as long as the
  /// exchange.
  [[nodiscard]] std::vector<HttpField> fields() const;
  /// The next piece of the body; `chunk` is not empty after kReady. Makes room for the guest.
  [[nodiscard]] Poll take(HttpChunk& chunk) noexcept;
  /// After kEnd. As for the fields.
  [[nodiscard]] std::vector<HttpField> trailers() const;

  /// Why it failed, once a poll has answered kFailed.
  [[nodiscard]] std::optional<HttpFailure> failure() const noexcept;

 private:
  friend class HttpHandle;
  struct Deleter {
    void operator()(hn_http_exchange* exchange) const noexcept {
      hn_http_exchange_delete(exchange);
    }
  };
  explicit HttpExchange(hn_http_exchange* native) : native_(native) {}
  std::unique_ptr<hn_http_exchange, Deleter> native_;
};

/// The end of an exchange that goes to the call: the argument of
/// `wasi:http/incoming-handler#handle`, which InstancePre::find_http_handler finds. The call ends
/// when the guest returns; as a trap when it has not set a response by then.
///
/// One for each exchange, used once. Exchange and handle are destroyed in any order. A handle that
/// goes before a call has begun to serve the exchange fails it. One thread at a time.
class HttpHandle final : public ExportCall {
 public:
  explicit HttpHandle(const HttpExchange& exchange)
      : ExportCall(hn_http_handle_new(exchange.native_.get())) {}
  ~HttpHandle() { hn_http_handle_delete(http()); }

  /// Whether the exchange was destroyed: nobody waits for a response, and no guest need be called.
  [[nodiscard]] bool deserted() const noexcept { return hn_http_handle_deserted(http()); }

  /// Fails an exchange that no call will serve, with the reason. A failure that was there before
  /// counts.
  void fail(std::string_view reason) noexcept;
};

}  // namespace hermes::wasm

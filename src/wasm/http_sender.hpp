// Requests that guests send through wasi:http, and whoever sends them.
#pragma once

#include "base/result.hpp"
#include "hermes_native/http_sender.h"
#include "wasm/http_exchange.hpp"
#include "wasm/waker.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::wasm {

/// What a guest is told when there is no answer, or not all of it; wasi:http's names.
enum class HttpError : std::uint8_t {
  kInternal,
  kDnsTimeout,
  kDns,
  kDestinationUnavailable,
  kDestinationIpProhibited,
  kConnectionRefused,
  kConnectionTerminated,
  kConnectionTimeout,
  kConnectionReadTimeout,
  kConnectionLimitReached,
  kTlsProtocol,
  kTlsCertificate,
  kRequestDenied,
  kRequestBodySize,
  kRequestMethodInvalid,
  kRequestUriInvalid,
  kResponseIncomplete,
  kResponseHeaderSectionSize,
  kResponseBodySize,
  kProtocol,
};

/// What a guest wants to send, before its body. Views live as long as the request.
struct OutgoingHead {
  std::string_view method;
  /// "http" or "https".
  std::string_view scheme;
  std::string_view authority;
  /// May be empty.
  std::string_view path_with_query;
  /// Names in lower case.
  std::vector<HttpField> fields;
  bool has_body = false;
  /// What the guest has asked for; none: nothing.
  std::optional<std::chrono::nanoseconds> connect_time;
  std::optional<std::chrono::nanoseconds> first_byte_time;
  std::optional<std::chrono::nanoseconds> between_bytes_time;
};

/// One request of a guest, for whoever sends it. Its body is taken out while the guest writes it,
/// and the answer pushed in while the guest reads it:
///
///   take... trailers                        the request's body
///   respond, push..., finish                the answer; fail at any time instead
///
/// One thread at a time, at once with whoever polls the call. A request that is destroyed before
/// its answer is complete fails.
class OutgoingHttp {
 public:
  using Poll = HttpExchange::Poll;

  /// Takes `native` over.
  explicit OutgoingHttp(hn_http_outgoing* native) : native_(native) {}

  [[nodiscard]] OutgoingHead head() const;

  /// `waker` is woken when one of take() and push() may do more than it has, and when the request
  /// is deserted: on any thread, possibly with locks held (note it only), also without need. It is
  /// kept as long as the request, and must not keep it alive.
  void watch(const Waker& waker) noexcept;
  /// The guest has dropped it, or its call has ended: nobody wants the answer.
  [[nodiscard]] bool deserted() const noexcept { return hn_http_outgoing_deserted(native_.get()); }

  /// kPending, kReady (`chunk` is not empty), kEnd, or kFailed: the guest has broken its body off.
  [[nodiscard]] Poll take(HttpChunk& chunk) noexcept;
  /// After kEnd.
  [[nodiscard]] std::vector<HttpField> trailers() const;

  /// The head of the answer, once; `status` is 100 to 999. Fails when a field is no HTTP.
  [[nodiscard]] Result<void> respond(std::uint16_t status, std::span<const HttpField> fields);
  /// Takes as much of `data` as there is room for, and answers how much.
  [[nodiscard]] std::size_t push(std::span<const std::byte> data) noexcept;
  /// The answer is complete. Fails when a trailer is no HTTP.
  [[nodiscard]] Result<void> finish(std::span<const HttpField> trailers = {});
  /// There is no answer, or no more of it. `message` is for HttpError::kInternal.
  void fail(HttpError error, std::string_view message = {}) noexcept;

 private:
  struct Deleter {
    void operator()(hn_http_outgoing* request) const noexcept { hn_http_outgoing_delete(request); }
  };
  std::unique_ptr<hn_http_outgoing, Deleter> native_;
};

/// Sends the requests of the guests of one application (WasiView::set_http_sender).
class HttpSender {
 public:
  HttpSender() = default;
  HttpSender(const HttpSender&) = delete;
  HttpSender& operator=(const HttpSender&) = delete;
  virtual ~HttpSender() = default;

  /// A guest sends `request`. On the thread that polls the call, several at once: must not block,
  /// must not throw, must not touch the call.
  virtual void send(OutgoingHttp request) noexcept = 0;
};

struct HttpSenderBounds {
  /// Requests of one call that have not been destroyed; the guest gets kConnectionLimitReached for
  /// more.
  std::uint32_t requests_per_call = 16;
  /// Most bytes of an answer that are held for the guest, 4 KiB to 64 MiB.
  std::uint32_t answer_window_bytes = 64 * 1024;
};

}  // namespace hermes::wasm

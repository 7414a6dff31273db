#include "wasm/http_exchange.hpp"

#include "wasm/error.hpp"
#include "wasm/http_fields.hpp"
#include "wasm/native_waker.hpp"

#include <utility>

namespace hermes::wasm {
namespace {

hn_http_abort to_native(HttpAbort reason) {
  switch (reason) {
    case HttpAbort::kTerminated:
      break;
    case HttpAbort::kTimeout:
      return HN_HTTP_ABORT_TIMEOUT;
    case HttpAbort::kTooLarge:
      return HN_HTTP_ABORT_TOO_LARGE;
  }
  return HN_HTTP_ABORT_TERMINATED;
}

}  // namespace

Result<HttpExchange> HttpExchange::create(const HttpRequestHead& head, const HttpWindows& windows,
                                          const Waker& request_waker, const Waker& response_waker) {
  const std::vector<hn_http_field> fields = to_native_fields(head.fields);
  const hn_http_request request{
      .method = wasm::to_native(head.method),
      .scheme = wasm::to_native(head.scheme),
      .authority = wasm::to_native(head.authority),
      .path_with_query = wasm::to_native(head.path_with_query),
      .fields = fields.data(),
      .field_count = fields.size(),
  };
  const hn_http_exchange_options options{
      .request_window_bytes = windows.request_bytes,
      .response_window_bytes = windows.response_bytes,
      .request_waker = to_native_waker(request_waker.get()),
      .response_waker = to_native_waker(response_waker.get()),
  };
  hn_http_exchange* native = nullptr;
  if (Result<void> made = check(hn_http_exchange_new(&request, &options, &native)); !made) {
    return std::unexpected(std::move(made).error());
  }
  return HttpExchange(native);
}

std::span<std::byte> HttpExchange::body_room() noexcept {
  std::uint8_t* room = nullptr;
  const std::size_t size = hn_http_body_room(native_.get(), &room);
  return std::as_writable_bytes(std::span(room, size));
}

void HttpExchange::commit_body(std::size_t size) noexcept {
  hn_http_commit_body(native_.get(), size);
}

bool HttpExchange::body_wanted() const noexcept { return hn_http_body_wanted(native_.get()); }

Result<void> HttpExchange::finish_body(std::span<const HttpField> trailers) {
  const std::vector<hn_http_field> native = to_native_fields(trailers);
  return check(hn_http_finish_body(native_.get(), native.data(), native.size()));
}

void HttpExchange::abort_body(HttpAbort reason) noexcept {
  hn_http_abort_body(native_.get(), to_native(reason));
}

HttpExchange::Poll HttpExchange::poll_head() noexcept {
  return to_poll(hn_http_poll_head(native_.get()));
}

std::uint16_t HttpExchange::status() const noexcept {
  return hn_http_response_status(native_.get());
}

std::vector<HttpField> HttpExchange::fields() const {
  std::vector<hn_http_field> native(hn_http_response_field_count(native_.get()));
  hn_http_response_fields(native_.get(), native.data());
  return to_fields(native);
}

HttpExchange::Poll HttpExchange::take(HttpChunk& chunk) noexcept {
  hn_http_chunk* native = nullptr;
  const hn_http_poll taken = hn_http_take(native_.get(), &native);
  chunk = HttpChunk(native);
  return to_poll(taken);
}

std::vector<HttpField> HttpExchange::trailers() const {
  std::vector<hn_http_field> native(hn_http_trailer_count(native_.get()));
  hn_http_trailers(native_.get(), native.data());
  return to_fields(native);
}

std::optional<HttpFailure> HttpExchange::failure() const noexcept {
  hn_str message{};
  const auto failure = [&](HttpFailure::Kind kind) {
    return HttpFailure{.kind = kind, .message = to_view(message)};
  };
  switch (hn_http_exchange_failure(native_.get(), &message)) {
    case HN_HTTP_NO_FAILURE:
      break;
    case HN_HTTP_FAILURE_GUEST:
      return failure(HttpFailure::Kind::kGuest);
    case HN_HTTP_FAILURE_NO_RESPONSE:
      return failure(HttpFailure::Kind::kNoResponse);
    case HN_HTTP_FAILURE_BODY:
      return failure(HttpFailure::Kind::kBody);
    case HN_HTTP_FAILURE_CALL:
      return failure(HttpFailure::Kind::kCall);
    case HN_HTTP_FAILURE_CANCELLED:
      return failure(HttpFailure::Kind::kCancelled);
  }
  return std::nullopt;
}

void HttpHandle::fail(std::string_view reason) noexcept {
  hn_http_handle_fail(http(), wasm::to_native(reason));
}

}  // namespace hermes::wasm

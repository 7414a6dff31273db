#include "wasm/http_sender.hpp"

#include "wasm/error.hpp"
#include "wasm/http_fields.hpp"
#include "wasm/native_waker.hpp"

#include <limits>

namespace hermes::wasm {
namespace {

std::optional<std::chrono::nanoseconds> to_time(std::uint64_t nanoseconds) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::int64_t>::max();
  if (nanoseconds > kMost) return std::nullopt;
  return std::chrono::nanoseconds{static_cast<std::int64_t>(nanoseconds)};
}

hn_http_error to_native(HttpError error) {
  static_assert(static_cast<int>(HttpError::kProtocol) == HN_HTTP_ERROR_PROTOCOL);
  static_assert(static_cast<int>(HttpError::kRequestDenied) == HN_HTTP_ERROR_REQUEST_DENIED);
  static_assert(static_cast<int>(HttpError::kTlsCertificate) == HN_HTTP_ERROR_TLS_CERTIFICATE);
  static_assert(static_cast<int>(HttpError::kResponseIncomplete) ==
                HN_HTTP_ERROR_RESPONSE_INCOMPLETE);
  return static_cast<hn_http_error>(error);
}

}  // namespace

OutgoingHead OutgoingHttp::head() const {
  hn_http_outgoing_head native{};
  hn_http_outgoing_get_head(native_.get(), &native);
  std::vector<hn_http_field> fields(native.field_count);
  hn_http_outgoing_fields(native_.get(), fields.data());
  return {.method = to_view(native.method),
          .scheme = to_view(native.scheme),
          .authority = to_view(native.authority),
          .path_with_query = to_view(native.path_with_query),
          .fields = to_fields(fields),
          .has_body = native.has_body,
          .connect_time = to_time(native.connect_time_ns),
          .first_byte_time = to_time(native.first_byte_time_ns),
          .between_bytes_time = to_time(native.between_bytes_time_ns)};
}

void OutgoingHttp::watch(const Waker& waker) noexcept {
  hn_http_outgoing_watch(native_.get(), to_native_waker(waker.get()));
}

OutgoingHttp::Poll OutgoingHttp::take(HttpChunk& chunk) noexcept {
  hn_http_chunk* native = nullptr;
  const hn_http_poll taken = hn_http_outgoing_take(native_.get(), &native);
  chunk = HttpChunk(native);
  return to_poll(taken);
}

std::vector<HttpField> OutgoingHttp::trailers() const {
  std::vector<hn_http_field> native(hn_http_outgoing_trailer_count(native_.get()));
  hn_http_outgoing_trailers(native_.get(), native.data());
  return to_fields(native);
}

Result<void> OutgoingHttp::respond(std::uint16_t status, std::span<const HttpField> fields) {
  const std::vector<hn_http_field> native = to_native_fields(fields);
  return check(hn_http_outgoing_respond(native_.get(), status, native.data(), native.size()));
}

std::size_t OutgoingHttp::push(std::span<const std::byte> data) noexcept {
  return hn_http_outgoing_push(native_.get(),
                               {reinterpret_cast<const std::uint8_t*>(data.data()), data.size()});
}

Result<void> OutgoingHttp::finish(std::span<const HttpField> trailers) {
  const std::vector<hn_http_field> native = to_native_fields(trailers);
  return check(hn_http_outgoing_finish(native_.get(), native.data(), native.size()));
}

void OutgoingHttp::fail(HttpError error, std::string_view message) noexcept {
  hn_http_outgoing_fail(native_.get(), to_native(error), wasm::to_native(message));
}

}  // namespace hermes::wasm

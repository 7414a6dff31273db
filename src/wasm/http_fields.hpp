// Fields and polls of the native library's HTTP as C++ values. For the sources of this folder.
#pragma once

#include "hermes_native/http.h"
#include "wasm/error.hpp"
#include "wasm/http_exchange.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace hermes::wasm {

[[nodiscard]] inline std::vector<hn_http_field> to_native_fields(
    std::span<const HttpField> fields) {
  std::vector<hn_http_field> native;
  native.reserve(fields.size());
  for (const HttpField& field : fields) {
    native.push_back(
        {.name = to_native(field.name),
         .value = {reinterpret_cast<const std::uint8_t*>(field.value.data()), field.value.size()}});
  }
  return native;
}

[[nodiscard]] inline std::vector<HttpField> to_fields(std::span<const hn_http_field> native) {
  std::vector<HttpField> fields;
  fields.reserve(native.size());
  for (const hn_http_field& field : native) {
    fields.push_back(
        {.name = to_view(field.name),
         .value = {reinterpret_cast<const char*>(field.value.data), field.value.size}});
  }
  return fields;
}

[[nodiscard]] inline HttpExchange::Poll to_poll(hn_http_poll poll) {
  switch (poll) {
    case HN_HTTP_PENDING:
      return HttpExchange::Poll::kPending;
    case HN_HTTP_READY:
      return HttpExchange::Poll::kReady;
    case HN_HTTP_END:
      return HttpExchange::Poll::kEnd;
    case HN_HTTP_FAILED:
      break;
  }
  return HttpExchange::Poll::kFailed;
}

}  // namespace hermes::wasm

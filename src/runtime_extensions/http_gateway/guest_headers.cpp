#include "runtime_extensions/http_gateway/guest_headers.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace hermes::ext::http_gateway {
namespace {

constexpr std::string_view kRequestId = "x-request-id";
constexpr std::string_view kTraceParent = "traceparent";

}  // namespace

GuestHeaders::GuestHeaders(const http::Request& request) : trace_(request.trace.to_string()) {
  const std::span<const http::Field> fields = request.fields;
  // Views into it are handed out.
  values_.reserve(fields.size() + 2);
  headers_.reserve(fields.size() + 2);
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const std::string_view name = fields[i].name;
    if (name == kRequestId || name == kTraceParent) continue;
    const auto has_name = [name](const http::Field& each) { return each.name == name; };
    if (std::ranges::any_of(fields.first(i), has_name)) continue;
    const std::size_t first = values_.size();
    for (const http::Field& each : fields.subspan(i)) {
      if (each.name == name) values_.push_back(readable(each.value));
    }
    headers_.emplace_back(name, std::span(values_).subspan(first));
  }
  for (const auto& [name, value] : std::array<std::pair<std::string_view, std::string_view>, 2>{
           {{kRequestId, request.id.text()}, {kTraceParent, trace_}}}) {
    values_.push_back(value);
    headers_.emplace_back(name, std::span(values_).last(1));
  }
}

std::string_view GuestHeaders::readable(std::string_view value) {
  if (is_utf8(value)) return value;
  return mended_.emplace_back(to_utf8(value));
}

}  // namespace hermes::ext::http_gateway

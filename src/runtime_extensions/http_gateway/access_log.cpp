#include "runtime_extensions/http_gateway/access_log.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <string>

namespace hermes::ext::http_gateway {

void AccessLog::on_answered(const http::Answered& answered) {
  if (!log_.enabled(LogLevel::kInfo)) return;
  const http::Request& request = answered.request;
  // What was no request at all has neither method nor path.
  const std::string message =
      request.method.empty()
          ? fmt::format("not a request {}", answered.status)
          : fmt::format("{} {} {}", request.method, request.path_and_query, answered.status);
  const std::string client = request.client.address().to_string();
  const std::string trace = request.trace.trace_id();
  const std::array fields{
      LogField{"client", std::string_view(client)},
      LogField{"host", request.authority},
      LogField{"bytes", answered.content_bytes},
      LogField{"ms",
               std::round(std::chrono::duration<double, std::micro>(answered.took).count()) / 1000},
      LogField{"request_id", request.id.text()},
      LogField{"trace_id", std::string_view(trace)},
      LogField{"broken_off", answered.broken_off},
  };
  log_.write({.level = LogLevel::kInfo,
              .message = message,
              .scope = {.application = request.application},
              .fields = answered.broken_off ? std::span(fields) : std::span(fields).first(6)});
}

}  // namespace hermes::ext::http_gateway

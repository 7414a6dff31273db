#include "runtime_extensions/http_gateway/access_log.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>
#include <mutex>
#include <span>
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

void AccessLog::on_handshake_failed(const http::Tcp::endpoint& client, std::string_view why) {
  if (!log_.enabled(LogLevel::kInfo)) return;
  std::uint64_t left_out = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!handshake_lines_.allow(clock_.steady())) return;
    left_out = handshake_lines_.take_refused();
  }
  const std::string address = client.address().to_string();
  const std::array fields{LogField{"client", std::string_view(address)},
                          LogField{"left_out_before", left_out}};
  log_.write({.level = LogLevel::kInfo,
              .message = fmt::format("TLS handshake failed: {}", why),
              .fields = left_out > 0 ? std::span(fields) : std::span(fields).first(1)});
}

}  // namespace hermes::ext::http_gateway

// A log line for each request.
#pragma once

#include "base/log.hpp"
#include "http/shard.hpp"

namespace hermes::ext::http_gateway {

/// Writes a line for each answer at level info: "GET /path 200", and beside it the application, the
/// client's address, bytes, time and the ids by which other lines about the request are found. Any
/// thread.
class AccessLog final : public http::AnswerObserver {
 public:
  /// `log` outlives it.
  explicit AccessLog(Log& log) : log_(log) {}

  void on_answered(const http::Answered& answered) override;

 private:
  Log& log_;
};

}  // namespace hermes::ext::http_gateway

// Counts answers, for metrics.
#pragma once

#include "http/request.hpp"
#include "http/request_counters.hpp"
#include "http/shard.hpp"

#include <string_view>

namespace hermes::ext::http_gateway {

/// Counts each answer with the application that gave it, and tells the next observer. Any thread;
/// no lock, no allocation.
class AnswerCounts final : public http::AnswerObserver {
 public:
  /// `next` outlives it.
  explicit AnswerCounts(http::AnswerObserver& next) : next_(next) {}

  void on_answered(const http::Answered& answered) override {
    http::RequestCounters* const counters = answered.request.counters.get();
    (counters != nullptr ? *counters : unclaimed_).add(answered);
    next_.on_answered(answered);
  }
  void on_handshake_failed(const http::Tcp::endpoint& client, std::string_view why) override {
    next_.on_handshake_failed(client, why);
  }

  /// Requests that no application was found for, and what was no request at all.
  [[nodiscard]] const http::RequestCounters& unclaimed() const { return unclaimed_; }

 private:
  http::AnswerObserver& next_;
  http::RequestCounters unclaimed_;
};

}  // namespace hermes::ext::http_gateway

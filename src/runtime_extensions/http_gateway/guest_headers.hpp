// The fields of a request as guests get them.
#pragma once

#include "http/request.hpp"
#include "wit/http_gateway/api.hpp"

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::ext::http_gateway {

/// Each name once, in the order in which the names came first; values in their order, as UTF-8.
/// `x-request-id` and `traceparent` are those that the engine goes on with.
class GuestHeaders {
 public:
  /// Refers to `request`.
  explicit GuestHeaders(const http::Request& request);
  GuestHeaders(const GuestHeaders&) = delete;
  GuestHeaders& operator=(const GuestHeaders&) = delete;

  [[nodiscard]] wit::http_gateway::api::HeadersView view() const { return headers_; }

 private:
  /// `value`, or a copy with U+FFFD where it is not UTF-8.
  std::string_view readable(std::string_view value);

  std::string trace_;
  std::deque<std::string> mended_;
  std::vector<std::string_view> values_;
  std::vector<wit::http_gateway::api::HeaderView> headers_;
};

}  // namespace hermes::ext::http_gateway

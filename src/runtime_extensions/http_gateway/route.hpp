// Who answers a request of an application.
#pragma once

#include "runtime_extensions/http_gateway/request_path.hpp"
#include "runtime_extensions/http_gateway/subscription.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace hermes::ext::http_gateway {

enum class RouteKind : std::uint8_t {
  /// The module of Route::subscription.
  kSubscription,
  /// Every module that exports `reply`, in their order; the first that has an answer.
  kReply,
  /// A file of the application. If there is none and Route::allow is not empty, the answer is 405
  /// with it, not 404: there is an endpoint, for other methods.
  kStatic,
  /// 405 with Route::allow (RFC 9110 section 15.5.6).
  kMethodNotAllowed,
  /// 415 (section 15.5.16).
  kUnsupportedMediaType,
};

struct Route {
  RouteKind kind = RouteKind::kStatic;
  /// Of kSubscription; lives as long as the table.
  const Subscription* subscription = nullptr;
  /// The value of an Allow field.
  std::string allow = {};
};

/// Decides by the path, then by the method, then by the content type (`content_type` is the value
/// of the field, empty if there is none):
///
/// 1. the most specific subscription that fits;
/// 2. `/api` and below: kReply;
/// 3. GET and HEAD: kStatic. A page and the endpoint that takes its form may share a path;
/// 4. a subscription fits but for the content type: kUnsupportedMediaType; but for the method:
///    kMethodNotAllowed;
/// 5. kStatic, which has no other methods and says so.
///
/// Allocates only for `allow`.
Route route(const SubscriptionTable& subscriptions, std::string_view method,
            const RequestPath& path, std::string_view content_type);

}  // namespace hermes::ext::http_gateway

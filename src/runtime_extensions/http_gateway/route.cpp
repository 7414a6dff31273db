#include "runtime_extensions/http_gateway/route.hpp"

namespace hermes::ext::http_gateway {
namespace {

bool is_api(std::string_view path) {
  constexpr std::string_view kApi = "/api";
  return path.starts_with(kApi) && (path.size() == kApi.size() || path[kApi.size()] == '/');
}

}  // namespace

Route route(const SubscriptionTable& subscriptions, std::string_view method,
            const RequestPath& path, std::string_view content_type) {
  const std::string_view canonical = path.canonical();
  const SubscriptionMatch match = subscriptions.match(method, canonical, content_type);
  if (match.subscription != nullptr) {
    return {.kind = RouteKind::kSubscription, .subscription = match.subscription};
  }
  if (is_api(canonical)) return {.kind = RouteKind::kReply};
  if (!match.path_fits) return {.kind = RouteKind::kStatic};

  const bool is_for_files = method == "GET" || method == "HEAD";
  if (match.method_fits) {
    return {.kind = is_for_files ? RouteKind::kStatic : RouteKind::kUnsupportedMediaType};
  }
  return {.kind = is_for_files ? RouteKind::kStatic : RouteKind::kMethodNotAllowed,
          .allow = subscriptions.allowed_methods(canonical)};
}

}  // namespace hermes::ext::http_gateway

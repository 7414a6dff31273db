#include "runtime_extensions/http_gateway/route.hpp"

#include "runtime_extensions/http_gateway/testing/rules.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

std::string routed(const SubscriptionTable& table, std::string_view method, std::string_view target,
                   std::string_view content_type) {
  const auto path = RequestPath::parse(target);
  if (!path) return "malformed";
  const Route found = route(table, method, *path, content_type);
  const std::string allow = found.allow.empty() ? "" : " allow " + found.allow;
  switch (found.kind) {
    case RouteKind::kSubscription:
      return found.subscription->id + allow;
    case RouteKind::kReply:
      return "reply" + allow;
    case RouteKind::kStatic:
      return "static" + allow;
    case RouteKind::kMethodNotAllowed:
      return "405" + allow;
    case RouteKind::kUnsupportedMediaType:
      return "415" + allow;
  }
  return "?";
}

TEST(Route, FollowsTheOrder) {
  const SubscriptionTable table = must(SubscriptionTable::build({
      endpoint("contact", "/contact", {"POST"}, {"application/json"}),
      endpoint("orders", "/orders/[0-9]+", {"PUT", "DELETE"}),
      endpoint("orders-json", "/orders/[0-9]+", {"POST"}, {"application/json"}),
      endpoint("api-special", "/api/special", {"GET"}),
  }));
  struct Case {
    std::string_view method;
    std::string_view target;
    std::string_view content_type;
    std::string_view route;
  };
  for (const Case& each : std::vector<Case>{
           {"POST", "/contact", "application/json; charset=utf-8", "contact"},
           // The page and the endpoint of its form share a path.
           {"GET", "/contact", "", "static allow POST"},
           {"POST", "/contact", "text/plain", "415"},
           {"POST", "/contact", "", "415"},
           {"PATCH", "/contact", "application/json", "405 allow POST"},
           {"PUT", "/orders/7?x=1", "", "orders"},
           {"PUT", "/orders/%37", "", "orders"},
           {"PUT", "/orders//7", "", "orders"},
           {"PATCH", "/orders/7", "", "405 allow DELETE, POST, PUT"},
           {"OPTIONS", "/orders/7", "", "405 allow DELETE, POST, PUT"},
           {"POST", "/orders/7", "text/plain", "415"},
           {"PUT", "/orders/7/", "", "static"},
           {"PUT", "/orders/x", "", "static"},
           {"PUT", "/Orders/7", "", "static"},
           {"GET", "/api/special", "", "api-special"},
           {"HEAD", "/api/special", "", "api-special"},
           // Below /api nobody is told 405: other modules may answer.
           {"POST", "/api/special", "", "reply"},
           {"GET", "/api", "", "reply"},
           {"GET", "/api/", "", "reply"},
           {"POST", "/api?x", "", "reply"},
           {"POST", "/%61pi/x", "", "reply"},
           {"GET", "/apix", "", "static"},
           {"GET", "/API/x", "", "static"},
           {"GET", "/x/api/", "", "static"},
           {"GET", "/", "", "static"},
           {"POST", "/", "", "static"},
           {"GET", "/api/../x", "", "malformed"},
           {"GET", "//api", "", "malformed"},
       }) {
    EXPECT_EQ(routed(table, each.method, each.target, each.content_type), each.route)
        << each.method << " " << each.target << " " << each.content_type;
  }
}

TEST(Route, WithoutSubscriptionsHasOnlyReplyAndFiles) {
  const SubscriptionTable none;
  EXPECT_EQ(routed(none, "GET", "/api/x", ""), "reply");
  EXPECT_EQ(routed(none, "DELETE", "/x", ""), "static");
}

}  // namespace
}  // namespace hermes::ext::http_gateway

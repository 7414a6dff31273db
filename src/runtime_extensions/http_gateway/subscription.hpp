// Endpoint subscriptions: which requests a module wants.
#pragma once

#include "base/result.hpp"
#include "runtime_extensions/http_gateway/content_types.hpp"
#include "runtime_extensions/http_gateway/method_set.hpp"
#include "runtime_extensions/http_gateway/path_pattern.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::ext::http_gateway {

inline constexpr std::size_t kMaxSubscriptions = 256;
inline constexpr std::size_t kMaxSubscriptionIdBytes = 64;
inline constexpr std::size_t kMaxModuleNameBytes = 255;

/// One endpoint of an application.
struct Subscription {
  /// Names it in messages and metrics: 1 to 64 of letters, digits, `-`, `_` and `.`; unique within
  /// the application.
  std::string id;
  /// The module that gets the requests.
  std::string module;
  PathPattern path;
  MethodSet methods;
  ContentTypes content_types;
};

/// How far the subscriptions of an application fit a request.
struct SubscriptionMatch {
  /// The most specific that fits; null: none does. Lives as long as the table.
  const Subscription* subscription = nullptr;
  /// Without a subscription: whether the path fits one whose methods do not, or one whose methods
  /// do and whose content types do not.
  bool path_fits = false;
  bool method_fits = false;
};

/// The subscriptions of one application, most specific first (Specificity). Immutable; any thread
/// may use it.
class SubscriptionTable {
 public:
  SubscriptionTable() = default;
  /// In the order of their declaration. Errors name the subscription and the rule.
  static Result<SubscriptionTable> build(std::vector<Subscription> subscriptions);

  /// `path` is canonical (RequestPath); `content_type` the value of the field, empty if there is
  /// none. Allocates nothing.
  [[nodiscard]] SubscriptionMatch match(std::string_view method, std::string_view path,
                                        std::string_view content_type) const;

  /// The methods that subscriptions take whose path fits, as an Allow field has them (RFC 9110
  /// section 10.2.1); empty: there are none.
  [[nodiscard]] std::string allowed_methods(std::string_view path) const;

  /// Most specific first.
  [[nodiscard]] std::span<const Subscription> all() const { return subscriptions_; }

 private:
  std::vector<Subscription> subscriptions_;
};

}  // namespace hermes::ext::http_gateway

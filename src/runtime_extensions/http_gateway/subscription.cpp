#include "runtime_extensions/http_gateway/subscription.hpp"

#include "runtime_extensions/http_gateway/ascii.hpp"
#include "runtime_extensions/http_gateway/shown.hpp"
#include "runtime_extensions/http_gateway/specificity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace hermes::ext::http_gateway {
namespace {

Result<void> check(const Subscription& subscription) {
  const std::string& id = subscription.id;
  if (id.empty() || id.size() > kMaxSubscriptionIdBytes || !std::ranges::all_of(id, [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '.';
      })) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("endpoint {}: its id has 1 to {} letters, digits, -, _ and dots",
                            shown(id), kMaxSubscriptionIdBytes));
  }
  const std::string& module = subscription.module;
  if (module.empty() || module.size() > kMaxModuleNameBytes ||
      std::ranges::any_of(module, is_control)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("endpoint {}, module {}: the name of a module has 1 to {} bytes and no "
                            "control characters",
                            shown(id), shown(module), kMaxModuleNameBytes));
  }
  return {};
}

Specificity specificity_of(const Subscription& each) {
  return Specificity::of(each.path, each.methods, each.content_types);
}

}  // namespace

Result<SubscriptionTable> SubscriptionTable::build(std::vector<Subscription> subscriptions) {
  if (subscriptions.size() > kMaxSubscriptions) {
    return fail(ErrorCode::kLimit,
                fmt::format("{} endpoints: an application may have {}; one pattern may stand for "
                            "several paths, as in /(orders|invoices)/.*",
                            subscriptions.size(), kMaxSubscriptions));
  }
  std::set<std::string_view> ids;
  int instructions = 0;
  for (const Subscription& each : subscriptions) {
    if (auto checked = check(each); !checked) return std::unexpected(checked.error());
    if (!ids.insert(each.id).second) {
      return fail(
          ErrorCode::kInvalidArgument,
          fmt::format("endpoint {} is there twice; give each an id of its own", shown(each.id)));
    }
    instructions += each.path.instructions();
  }
  if (auto checked = check_instructions(instructions, "endpoints"); !checked) {
    return std::unexpected(std::move(checked).error());
  }
  sort_by_specificity(subscriptions, specificity_of);
  SubscriptionTable table;
  table.subscriptions_ = std::move(subscriptions);
  return table;
}

SubscriptionMatch SubscriptionTable::match(std::string_view method, std::string_view path,
                                           std::string_view content_type) const {
  SubscriptionMatch result;
  for (const Subscription& each : subscriptions_) {
    if (!each.path.matches(path)) continue;
    result.path_fits = true;
    if (!each.methods.contains(method)) continue;
    result.method_fits = true;
    if (!each.content_types.contains(content_type)) continue;
    result.subscription = &each;
    break;
  }
  return result;
}

std::string SubscriptionTable::allowed_methods(std::string_view path) const {
  std::set<std::string_view> methods;
  for (const Subscription& each : subscriptions_) {
    if (!each.path.matches(path)) continue;
    methods.insert(each.methods.list().begin(), each.methods.list().end());
  }
  return fmt::format("{}", fmt::join(methods, ", "));
}

}  // namespace hermes::ext::http_gateway

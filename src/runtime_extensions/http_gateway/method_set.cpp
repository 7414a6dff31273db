#include "runtime_extensions/http_gateway/method_set.hpp"

#include "runtime_extensions/http_gateway/ascii.hpp"
#include "runtime_extensions/http_gateway/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace hermes::ext::http_gateway {
namespace {

constexpr std::array<std::string_view, 7> kUsual = {"GET",   "HEAD",   "POST",   "PUT",
                                                    "PATCH", "DELETE", "OPTIONS"};

Result<void> check(std::string_view method) {
  if (method.size() > kMaxMethodBytes || !is_token(method)) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("method {}: a method is a token of 1 to {} characters, such as GET",
                            shown(method), kMaxMethodBytes));
  }
  for (const std::string_view usual : kUsual) {
    if (method != usual && std::ranges::equal(method, usual, {}, to_lower, to_lower)) {
      return fail(
          ErrorCode::kInvalidArgument,
          fmt::format("method {}: methods are compared with case; write {}", shown(method), usual));
    }
  }
  // What these do concerns the connection, not a resource behind it.
  if (method == "CONNECT" || method == "TRACE") {
    return fail(
        ErrorCode::kInvalidArgument,
        fmt::format("method {}: the gateway does not hand it on; leave it out", shown(method)));
  }
  return {};
}

}  // namespace

Result<MethodSet> MethodSet::make(std::vector<std::string> methods) {
  if (methods.size() > kMaxMethods) {
    return fail(ErrorCode::kLimit, fmt::format("{} methods: at most {} are allowed; none means any",
                                               methods.size(), kMaxMethods));
  }
  MethodSet set;
  for (std::string& method : methods) {
    if (auto checked = check(method); !checked) return std::unexpected(checked.error());
    if (std::ranges::find(set.methods_, method) != set.methods_.end()) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("method {} is there twice", shown(method)));
    }
    set.methods_.push_back(std::move(method));
  }
  if (!set.is_any() && set.contains("GET") && !set.contains("HEAD")) {
    set.methods_.emplace_back("HEAD");
  }
  return set;
}

bool MethodSet::contains(std::string_view method) const {
  return is_any() || std::ranges::find(methods_, method) != methods_.end();
}

}  // namespace hermes::ext::http_gateway

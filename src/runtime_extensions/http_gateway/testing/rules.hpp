// Short ways to write rules in tests and fuzz targets.
#pragma once

#include "runtime_extensions/http_gateway/subscription.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::ext::http_gateway {

/// The value; ends the process when there is an error.
template <class T>
T must(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().message.c_str());
  std::abort();
}

inline Subscription endpoint(std::string id, std::string_view path,
                             std::vector<std::string> methods = {},
                             std::vector<std::string> content_types = {}) {
  return {.id = std::move(id),
          .module = "app",
          .path = must(PathPattern::compile(path)),
          .methods = must(MethodSet::make(std::move(methods))),
          .content_types = must(ContentTypes::make(std::move(content_types)))};
}

}  // namespace hermes::ext::http_gateway

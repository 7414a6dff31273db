#include "http/date.hpp"

#include <fmt/chrono.h>

#include <ctime>

namespace hermes::http {

std::string_view DateCache::text(WallTime now) {
  const auto second = std::chrono::floor<std::chrono::seconds>(now);
  if (second != at_) {
    at_ = second;
    text_ = fmt::format("{:%a, %d %b %Y %H:%M:%S GMT}",
                        fmt::gmtime(static_cast<std::time_t>(second.time_since_epoch().count())));
  }
  return text_;
}

}  // namespace hermes::http

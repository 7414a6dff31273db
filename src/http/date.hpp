// The Date field, made once a second.
#pragma once

#include "base/clock.hpp"

#include <string>
#include <string_view>

namespace hermes::http {

/// The time as RFC 9110 section 5.6.7 wants it in Date: "Tue, 15 Nov 1994 08:12:31 GMT". One
/// thread.
class DateCache {
 public:
  /// Valid until the next call.
  std::string_view text(WallTime now);

 private:
  std::chrono::sys_seconds at_{std::chrono::seconds::min()};
  std::string text_;
};

}  // namespace hermes::http

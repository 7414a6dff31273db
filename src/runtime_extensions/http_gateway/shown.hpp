// What error messages show of a text that came from outside.
#pragma once

#include "base/text.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace hermes::ext::http_gateway {

/// `text` in quotation marks, printable, at most 80 bytes of it.
inline std::string shown(std::string_view text) {
  constexpr std::size_t kMaxShown = 80;
  std::string result = "\"" + printable(text.substr(0, kMaxShown));
  if (text.size() > kMaxShown) result += "...";
  return result + "\"";
}

}  // namespace hermes::ext::http_gateway

#include "runtime_extensions/http_gateway/content_types.hpp"

#include "runtime_extensions/http_gateway/ascii.hpp"
#include "runtime_extensions/http_gateway/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hermes::ext::http_gateway {
namespace {

constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace

std::optional<std::string_view> media_type(std::string_view value) {
  const std::string_view type = trimmed(value.substr(0, value.find(';')));
  const std::size_t slash = type.find('/');
  if (slash == std::string_view::npos || !is_token(type.substr(0, slash)) ||
      !is_token(type.substr(slash + 1))) {
    return std::nullopt;
  }
  return type;
}

Result<ContentTypes> ContentTypes::make(std::vector<std::string> types) {
  if (types.size() > kMaxContentTypes) {
    return fail(ErrorCode::kLimit,
                fmt::format("{} content types: at most {} are allowed; none means any",
                            types.size(), kMaxContentTypes));
  }
  ContentTypes set;
  for (std::string& type : types) {
    const auto refuse = [&](std::string_view why) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("content type {}: {}", shown(type), why));
    };
    if (type.size() > kMaxContentTypeBytes || media_type(type) != type) {
      return refuse(
          "it is a type and a subtype without parameters, such as application/json or "
          "text/*");
    }
    if (type == "*/*") return refuse("leave out the content types if any will do");
    if (type.starts_with('*') || (type.find('*') != std::string::npos && !type.ends_with("/*"))) {
      return refuse("* stands for a whole subtype, as in text/*");
    }
    if (type.ends_with("/*")) {
      type.pop_back();
      set.has_ranges_ = true;
    }
    std::ranges::transform(type, type.begin(), to_lower);
    set.types_.push_back(std::move(type));
  }
  return set;
}

bool ContentTypes::contains(std::string_view value) const {
  if (is_any()) return true;
  const auto type = media_type(value);
  if (!type) return false;
  return std::ranges::any_of(types_, [&](const std::string& each) {
    return equals_ignoring_case(each.ends_with('/') ? type->substr(0, each.size()) : *type, each);
  });
}

}  // namespace hermes::ext::http_gateway

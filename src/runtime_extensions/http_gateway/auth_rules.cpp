#include "runtime_extensions/http_gateway/auth_rules.hpp"

#include "runtime_extensions/http_gateway/specificity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hermes::ext::http_gateway {

std::optional<AuthLevel> auth_level_from(std::string_view text) {
  if (text == "none") return AuthLevel::kNone;
  if (text == "optional") return AuthLevel::kOptional;
  if (text == "required") return AuthLevel::kRequired;
  return std::nullopt;
}

Result<AuthRules> AuthRules::build(std::vector<AuthRule> rules) {
  if (rules.size() > kMaxAuthRules) {
    return fail(ErrorCode::kLimit,
                fmt::format("{} auth rules: an application may have {}; one pattern may stand for "
                            "several paths, as in /(admin|internal)(/.*)?",
                            rules.size(), kMaxAuthRules));
  }
  int instructions = 0;
  for (const AuthRule& rule : rules) instructions += rule.path.instructions();
  if (auto checked = check_instructions(instructions, "auth rules"); !checked) {
    return std::unexpected(std::move(checked).error());
  }
  sort_by_specificity(
      rules, [](const AuthRule& each) { return Specificity::of(each.path, each.methods); });
  AuthRules result;
  result.rules_ = std::move(rules);
  return result;
}

AuthLevel AuthRules::level(std::string_view method, const RequestPath& path) const {
  if (rules_.empty()) return AuthLevel::kNone;
  const AuthLevel level = level_of(method, path.canonical());
  if (level == AuthLevel::kRequired || !path.has_decoration()) return level;
  return std::max(level, level_of(method, path.plain()));
}

AuthLevel AuthRules::level_of(std::string_view method, std::string_view path) const {
  const auto rule = std::ranges::find_if(rules_, [&](const AuthRule& each) {
    return each.path.matches(path) && each.methods.contains(method);
  });
  return rule == rules_.end() ? AuthLevel::kNone : rule->level;
}

}  // namespace hermes::ext::http_gateway

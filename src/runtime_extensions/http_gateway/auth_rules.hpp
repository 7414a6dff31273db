// Which requests have to be validated before they are routed.
#pragma once

#include "base/result.hpp"
#include "runtime_extensions/http_gateway/method_set.hpp"
#include "runtime_extensions/http_gateway/path_pattern.hpp"
#include "runtime_extensions/http_gateway/request_path.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace hermes::ext::http_gateway {

inline constexpr std::size_t kMaxAuthRules = 256;

/// From the least to the most strict.
enum class AuthLevel : std::uint8_t {
  /// `validate-auth` is not called.
  kNone,
  /// It is called, and may let requests without credentials pass.
  kOptional,
  /// It is called, and lets only requests pass whose credentials are good.
  kRequired,
};

/// "none", "optional", "required"; none for another text.
std::optional<AuthLevel> auth_level_from(std::string_view text);

struct AuthRule {
  PathPattern path;
  MethodSet methods;
  AuthLevel level = AuthLevel::kNone;
};

/// The rules of one application. The most specific rule that fits a request decides (Specificity,
/// as for subscriptions; content types play no part); without one the level is kNone. Immutable;
/// any thread may use it.
///
/// A path with parameters (`/admin;x`) or a slash at its end is also looked at without them, and
/// the stricter of both levels holds: whichever way a module reads the path, the rule for it has
/// been applied. Together with what RequestPath refuses, no other spelling of a path has another
/// level than the path.
class AuthRules {
 public:
  AuthRules() = default;
  /// In the order of their declaration. The error names the bound.
  static Result<AuthRules> build(std::vector<AuthRule> rules);

  /// Allocates only for paths with parameters or a slash at the end.
  [[nodiscard]] AuthLevel level(std::string_view method, const RequestPath& path) const;

  [[nodiscard]] bool empty() const { return rules_.empty(); }

 private:
  [[nodiscard]] AuthLevel level_of(std::string_view method, std::string_view path) const;

  // Most specific first.
  std::vector<AuthRule> rules_;
};

}  // namespace hermes::ext::http_gateway

// Which request methods something is for.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::ext::http_gateway {

inline constexpr std::size_t kMaxMethods = 16;
inline constexpr std::size_t kMaxMethodBytes = 32;

/// A set of methods, or any. GET brings HEAD with it, which is a GET whose content is not sent
/// (RFC 9110 section 9.3.2): what guards or answers the one does so for the other. Methods are
/// compared with case (section 9.1).
class MethodSet {
 public:
  /// Any method.
  MethodSet() = default;
  /// None in the list: any. The error names the method and the rule.
  static Result<MethodSet> make(std::vector<std::string> methods);

  [[nodiscard]] bool is_any() const { return methods_.empty(); }
  [[nodiscard]] bool contains(std::string_view method) const;
  /// In the order of their declaration, HEAD last if GET brought it; empty: any.
  [[nodiscard]] const std::vector<std::string>& list() const { return methods_; }

 private:
  std::vector<std::string> methods_;
};

}  // namespace hermes::ext::http_gateway

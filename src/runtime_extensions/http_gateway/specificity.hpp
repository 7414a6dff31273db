// Which of several rules for the same request wins. docs/routing.md explains it to users.
#pragma once

#include "runtime_extensions/http_gateway/content_types.hpp"
#include "runtime_extensions/http_gateway/method_set.hpp"
#include "runtime_extensions/http_gateway/path_pattern.hpp"

#include <algorithm>
#include <compare>
#include <cstddef>
#include <functional>
#include <vector>

namespace hermes::ext::http_gateway {

/// Compared from the first member to the last; the greater is the more specific. It depends on the
/// rule alone, not on the request: rules are sorted once, and the first that fits is the one.
/// Between equals the order of declaration decides.
struct Specificity {
  /// Bytes of PathPattern::literal_start().
  std::size_t literal_bytes = 0;
  bool has_fixed_path = false;
  bool has_methods = false;
  /// 0: any content type; 1: with ranges; 2: only whole types.
  int content_types = 0;

  static Specificity of(const PathPattern& path, const MethodSet& methods,
                        const ContentTypes& types = {}) {
    return {.literal_bytes = path.literal_start().size(),
            .has_fixed_path = path.is_fixed(),
            .has_methods = !methods.is_any(),
            .content_types = types.is_any() ? 0 : (types.has_ranges() ? 1 : 2)};
  }
  friend auto operator<=>(const Specificity&, const Specificity&) = default;
};

/// Sorts rules, the most specific first; equals keep their order. `specificity_of` gives that of
/// one. There are some hundreds at most. (std::stable_sort of GCC 12's library uses what clang
/// warns of.)
template <class Rule, class SpecificityOf>
void sort_by_specificity(std::vector<Rule>& rules, SpecificityOf specificity_of) {
  for (auto each = rules.begin(); each != rules.end(); ++each) {
    const auto place = std::ranges::upper_bound(rules.begin(), each, specificity_of(*each),
                                                std::ranges::greater{}, specificity_of);
    std::rotate(place, each, each + 1);
  }
}

}  // namespace hermes::ext::http_gateway

#include "event/outcome.hpp"

#include <numeric>

namespace hermes::event {

std::string_view to_string(Outcome outcome) {
  static constexpr std::array<std::string_view, kOutcomeCount> kNames = {
      "completed", "trapped", "deadline", "limit", "refused", "dropped"};
  return kNames[static_cast<std::size_t>(outcome)];
}

std::uint64_t OutcomeCounts::total() const {
  return std::accumulate(count.begin(), count.end(), std::uint64_t{0});
}

}  // namespace hermes::event

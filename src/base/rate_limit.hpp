// How often something may happen.
#pragma once

#include "base/clock.hpp"

#include <cstdint>

namespace hermes {

/// A token bucket: `burst` at once, `per_second` in the long run. One thread at a time.
class RateLimit {
 public:
  /// `per_second` 0: the burst, and then never again. `burst` is at least 1 to let anything
  /// through.
  RateLimit(std::uint64_t per_second, std::uint64_t burst)
      : per_second_(per_second), burst_(burst), tokens_(burst) {}

  /// Whether `count` more may happen now; if so they are accounted for. Time must not go backwards
  /// by calls; where it does nothing is added.
  bool allow(SteadyTime now, std::uint64_t count = 1);

  /// How often allow() said no since the last call of this function.
  std::uint64_t take_refused();
  [[nodiscard]] std::uint64_t refused() const { return refused_; }

 private:
  std::uint64_t per_second_;
  std::uint64_t burst_;
  std::uint64_t tokens_;
  SteadyTime filled_at_{};
  bool started_ = false;
  std::uint64_t refused_ = 0;
};

}  // namespace hermes

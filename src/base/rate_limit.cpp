#include "base/rate_limit.hpp"

#include <algorithm>
#include <utility>

namespace hermes {

bool RateLimit::allow(SteadyTime now, std::uint64_t count) {
  if (!started_) {
    started_ = true;
    filled_at_ = now;
  }
  if (per_second_ > 0 && now > filled_at_) {
    __extension__ using Wide = unsigned __int128;
    constexpr Wide kNanosecondsPerSecond = 1'000'000'000;
    const Wide elapsed = static_cast<Wide>((now - filled_at_).count());
    const Wide earned = elapsed * per_second_ / kNanosecondsPerSecond;
    if (earned >= burst_ - tokens_) {
      tokens_ = burst_;
      filled_at_ = now;
    } else {
      // Only the time that whole tokens took is used up: the rest counts next time.
      tokens_ += static_cast<std::uint64_t>(earned);
      filled_at_ += Duration{static_cast<std::int64_t>(
          (earned * kNanosecondsPerSecond + per_second_ - 1) / per_second_)};
    }
  }
  if (tokens_ < count) {
    refused_ += count;
    return false;
  }
  tokens_ -= count;
  return true;
}

std::uint64_t RateLimit::take_refused() { return std::exchange(refused_, 0); }

}  // namespace hermes

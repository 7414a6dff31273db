#include "http/http2_frame_heads.hpp"

#include <algorithm>

namespace hermes::http {

std::optional<Http2FrameHead> Http2FrameHeads::next(std::string_view& bytes) {
  const std::size_t skipped = std::min(skip_, bytes.size());
  skip_ -= skipped;
  bytes.remove_prefix(skipped);
  const std::size_t taken = std::min(kHeadBytes - filled_, bytes.size());
  std::ranges::copy(bytes.substr(0, taken), head_.begin() + static_cast<std::ptrdiff_t>(filled_));
  filled_ += taken;
  bytes.remove_prefix(taken);
  if (filled_ < kHeadBytes) return std::nullopt;
  filled_ = 0;
  const auto number = [this](std::size_t at, std::size_t size) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | head_[at + i];
    return value;
  };
  constexpr std::uint32_t kIdBits = 0x7fffffff;
  const Http2FrameHead head{.length = number(0, 3),
                            .type = head_[3],
                            .flags = head_[4],
                            .stream = static_cast<std::int32_t>(number(5, 4) & kIdBits)};
  skip_ = head.length;
  return head;
}

}  // namespace hermes::http

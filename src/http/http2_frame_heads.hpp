// Where the frames of HTTP/2 begin in what a client sends (RFC 9113 section 4.1).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace hermes::http {

struct Http2FrameHead {
  std::uint32_t length = 0;
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::int32_t stream = 0;
};

/// Finds the head of every frame, also of those that nghttp2 passes over in silence: unknown ones,
/// and those of streams that are closed.
class Http2FrameHeads {
 public:
  /// The next head that becomes complete in `bytes`, which follow what was looked at before; takes
  /// away what was looked at now. None: all of it was.
  std::optional<Http2FrameHead> next(std::string_view& bytes);

 private:
  static constexpr std::size_t kHeadBytes = 9;
  static constexpr std::size_t kPrefaceBytes = 24;

  /// To pass over before the next head: the preface, then what frames carry.
  std::size_t skip_ = kPrefaceBytes;
  std::array<std::uint8_t, kHeadBytes> head_{};
  std::size_t filled_ = 0;
};

}  // namespace hermes::http

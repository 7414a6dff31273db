// What a request is called in logs and answers.
#pragma once

#include "base/random.hpp"

#include <array>
#include <cstddef>
#include <string_view>

namespace hermes::http {

/// The X-Request-Id of a request: that of the client where it is fit to print, else 32 hexadecimal
/// digits. A value type.
class RequestId {
 public:
  static constexpr std::size_t kMaxBytes = 64;

  RequestId() = default;
  /// Takes over `given` when it is 1 to kMaxBytes characters of `A-Z a-z 0-9 - _ . : / + = @`, so
  /// that it can be searched for and cannot spoil a log; makes one otherwise.
  static RequestId from(std::string_view given, Random& random);

  [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }

 private:
  std::array<char, kMaxBytes> text_{};
  std::size_t size_ = 0;
};

}  // namespace hermes::http

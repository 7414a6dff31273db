// A line every few seconds, for whoever waits.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace hermes::soak {

/// Says on standard error how far a proof is. One thread.
class Progress {
 public:
  /// `what` names what `total` counts: "rounds".
  Progress(std::string what, std::uint64_t total) : what_(std::move(what)), total_(total) {}

  /// So much is done. Writes a line when the last one is long enough ago.
  void at(std::uint64_t done);

 private:
  std::string what_;
  std::uint64_t total_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point said_ = start_;
};

}  // namespace hermes::soak

// How many calls there were lately, second by second.
#pragma once

#include "event/outcome.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace hermes::engine {

/// Keeps the last kLength seconds. Any thread.
class CallHistory {
 public:
  static constexpr std::size_t kLength = 120;

  /// Calls of one second.
  struct Second {
    std::uint64_t completed = 0;
    /// Everything else that a call can end in.
    std::uint64_t failed = 0;
  };

  /// `calls`: so far, in all. Called every second.
  void add(const event::OutcomeCounts& calls);

  /// The latest last.
  [[nodiscard]] std::vector<Second> seconds() const;

 private:
  mutable std::mutex mutex_;
  std::array<Second, kLength> ring_{};
  /// Seconds so far; the first one has nothing to be compared with.
  std::size_t count_ = 0;
  Second last_;
  bool begun_ = false;
};

}  // namespace hermes::engine

// How events end.
#pragma once

#include "base/clock.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::event {

/// Every call ends in exactly one of these, and so does every event that was accepted.
enum class Outcome : std::uint8_t {
  /// The handler returned.
  kCompleted,
  /// The guest trapped, was stopped by a host function, or ended itself; or the engine failed to
  /// run it.
  kTrapped,
  /// It was still under way at its deadline, or had waited longer than it may.
  kDeadline,
  /// It needed more memory, table elements or handles than its application may have.
  kLimit,
  /// Was accepted, but its producer withdrew it: it did not run (EventPayload::withdrawn), or was
  /// stopped (ApplicationQueue::withdraw).
  kRefused,
  /// Was left when the grace period of a shutdown was over.
  kDropped,
};

inline constexpr std::size_t kOutcomeCount = 6;

/// "completed", "trapped", "deadline", "limit", "refused", "dropped".
std::string_view to_string(Outcome outcome);

/// How many of each.
struct OutcomeCounts {
  std::array<std::uint64_t, kOutcomeCount> count{};
  std::uint64_t& operator[](Outcome outcome) { return count[static_cast<std::size_t>(outcome)]; }
  std::uint64_t operator[](Outcome outcome) const {
    return count[static_cast<std::size_t>(outcome)];
  }
  [[nodiscard]] std::uint64_t total() const;
};

/// Why a call did not complete.
struct CallFailure {
  /// What happened, outermost cause first, one line per cause.
  std::string message;
  /// The guest's frames, innermost first; empty when the guest was not running.
  std::vector<std::string> backtrace;

  /// Empties it and keeps the capacity.
  void clear() {
    message.clear();
    backtrace.clear();
  }
};

}  // namespace hermes::event

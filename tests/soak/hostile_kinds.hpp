// The kinds of hostile components, and what has to become of each.
#pragma once

#include "event/outcome.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace hermes::soak {

/// How it is made to do what it does.
enum class Attack : std::uint8_t {
  /// By the event `test(number, run)`.
  kCase,
  /// By the event `on-cron`.
  kTick,
  /// By starting an application of it, which must fail.
  kStart,
  /// By compiling and linking it, which must fail.
  kLoad,
};

/// Where its component comes from.
enum class Origin : std::uint8_t {
  /// tests/soak/guests
  kSoak,
  /// tests/guests
  kTests,
};

struct HostileKind {
  std::string_view name;
  Attack attack;
  Origin origin;
  std::string_view guest;
  /// Arguments of the case.
  std::uint32_t number = 0;
  bool run = false;
  /// How the event has to end; starting and loading end with an error.
  event::Outcome outcome = event::Outcome::kTrapped;
  /// What the failure has to say.
  std::string_view message;
};

/// All of them, in the order of the rounds.
[[nodiscard]] std::span<const HostileKind> hostile_kinds();

}  // namespace hermes::soak

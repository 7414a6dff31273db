// The bounds of the events queue, with their defaults.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace hermes::event {

/// Events of one source that may be in the queue, the one that runs included.
inline constexpr std::size_t kDefaultEventsPerLane = 1024;
/// Events of one application that may be in the queue, those that run included.
inline constexpr std::size_t kDefaultEventsPerApplication = 16'384;
/// Events of all applications together. An event takes about 300 bytes here, besides its payload.
inline constexpr std::size_t kDefaultEventsInEngine = 131'072;
/// Events of one application that may run (hold an instance) at the same time.
inline constexpr std::size_t kDefaultRunningPerApplication = 64;
/// Events that may run at the same time. The engine derives it from the size of its instance pool.
inline constexpr std::size_t kDefaultRunningInEngine = 256;
/// How long one call of one module may take, suspensions included.
inline constexpr Duration kDefaultCallDeadline = std::chrono::seconds{30};
/// Events that an application may start before it is the next application's turn, per unit of
/// weight.
inline constexpr std::uint32_t kDefaultWeight = 1;

/// Bounds of all applications together.
struct QueueLimits {
  std::size_t max_events = kDefaultEventsInEngine;
  /// Permits: an event holds one from before its first instance is taken until it is over. At most
  /// as many as the instance pool has slots, so that taking an instance never fails.
  std::size_t max_running = kDefaultRunningInEngine;
};

/// Bounds of one application.
struct ApplicationLimits {
  std::size_t max_events_per_lane = kDefaultEventsPerLane;
  std::size_t max_events = kDefaultEventsPerApplication;
  std::size_t max_running = kDefaultRunningPerApplication;
  /// Share of the engine, relative to other applications that have something to do. At least 1.
  std::uint32_t weight = kDefaultWeight;
  /// For events whose request names none.
  Duration call_deadline = kDefaultCallDeadline;
  /// How long an event may wait before it starts; zero: as long as it takes.
  Duration wait_deadline{0};
};

}  // namespace hermes::event

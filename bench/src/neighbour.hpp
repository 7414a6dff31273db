// What an application notices of another one beside it.
#pragma once

#include "base/result.hpp"
#include "setup.hpp"

namespace hermes::bench {

/// What the neighbour does.
enum class Noise {
  /// All the events that it may run at the same time compute until their deadline.
  kLoops,
  /// It pushes small events as fast as the queue takes them.
  kFlood,
};

/// The 99th percentile of the time from when an event is due to its end, of an application that
/// gets 2000 events per second, beside a noisy one; over the same without. Both alternate in one
/// engine with a worker per processor.
[[nodiscard]] Result<double> noisy_neighbour(const Setup& setup, Noise noise);

}  // namespace hermes::bench

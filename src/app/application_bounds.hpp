// What one application may use.
#pragma once

#include "event/limits.hpp"
#include "wasm/call.hpp"

#include <cstdint>

namespace hermes::app {

/// What guests print and log, together.
struct OutputBounds {
  std::uint64_t lines_per_second = 1000;
  std::uint64_t bytes_per_second = std::uint64_t{1} << 20;
};

/// Bounds of one application; the values here are the defaults. The ranges are in
/// limit_options.hpp.
struct ApplicationBounds {
  event::ApplicationLimits queue;
  /// Of each call of each module.
  wasm::CallLimits call;
  OutputBounds output;
};

}  // namespace hermes::app

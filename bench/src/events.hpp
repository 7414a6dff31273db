// A no-op event, from push to finished, through everything that an event goes through in the
// engine.
#pragma once

#include "base/result.hpp"
#include "composed_engine.hpp"
#include "setup.hpp"

#include <cstddef>

namespace hermes::bench {

/// Nanoseconds per event with `threads` workers: pushed, ordered by its source, admitted, run in a
/// fresh instance with a runtime context, its typed result read, finished.
[[nodiscard]] Result<double> event(const Setup& setup, std::size_t threads,
                                   Observed observed = Observed::kNo);

/// Nanoseconds per call alone that writes `each` pages of its memory, after one call, in the same
/// slot of the pool, that wrote `first` pages.
[[nodiscard]] Result<double> touching(const Setup& setup, std::uint32_t first, std::uint32_t each);

/// C++ allocations per event, observed.
[[nodiscard]] Result<double> event_allocations(const Setup& setup);

/// Nanoseconds per call alone: open, start, poll, close on this thread, without queue and
/// application.
[[nodiscard]] Result<double> call(const Setup& setup);

}  // namespace hermes::bench

// The events queue alone: what it adds to the work that it hands out.
#pragma once

#include "base/result.hpp"

#include <cstddef>

namespace hermes::bench {

/// Nanoseconds from the push of an event on one thread to its start on a worker that is awake: the
/// median of many, one event at a time.
[[nodiscard]] Result<double> queue_hop();
/// The same for the least that can be done: a flag that another thread waits for.
[[nodiscard]] Result<double> flag_hop();

/// Events per second of `threads` workers whose handlers do nothing: 32 on their way, each of a
/// source of its own, pushed by the workers themselves.
[[nodiscard]] Result<double> queue_throughput(std::size_t threads);
/// The same through Boost.Asio: a thread pool, a strand for each source.
[[nodiscard]] Result<double> strand_throughput(std::size_t threads);

}  // namespace hermes::bench

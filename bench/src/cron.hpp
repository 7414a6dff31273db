// Schedules: entries made and cancelled while there are many, and how late events come.
#pragma once

#include "base/result.hpp"
#include "setup.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace hermes::bench {

/// Nanoseconds of one operation on a schedule in memory that has `live` entries, each with a name
/// of its own: `what` is "add" (an expression), "delay", "rm" (of an entry that is there); or
/// "bytes": what one of them takes of the heap.
[[nodiscard]] Result<double> cron_entries(const std::string& what, std::uint32_t live);

/// The same for the least that could do it: a std::set of (time, number), without names.
[[nodiscard]] Result<double> cron_floor(const std::string& what, std::uint32_t live);

/// Microseconds from the time at which a delay is due to the start of its handler, that 99 of 100
/// stay below: `per_second` of them, evenly spread, through the schedule, the events queue and the
/// workers, handled by the component in `guest`.
[[nodiscard]] Result<double> cron_lateness(const Setup& setup, const std::filesystem::path& guest,
                                           std::uint32_t per_second);

/// The same for a thread that does nothing but sleep until each of these times.
[[nodiscard]] double cron_lateness_floor(std::uint32_t per_second);

}  // namespace hermes::bench

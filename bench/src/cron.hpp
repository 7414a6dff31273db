// Schedules: entries made and cancelled while there are many, and how late events come.
#pragma once

#include "base/result.hpp"
#include "setup.hpp"

#include <cstdint>
#include <string>

namespace hermes::bench {

/// Nanoseconds of one operation on a schedule in memory that has `live` entries, each with a name
/// of its own: `what` is "add" (an expression), "delay", "rm" (of an entry that is there); or
/// "bytes": what one of them takes of the heap.
[[nodiscard]] Result<double> cron_entries(const std::string& what, std::uint32_t live);

/// The same for the least that could do it: a std::set of (time, number), without names.
[[nodiscard]] Result<double> cron_floor(const std::string& what, std::uint32_t live);

}  // namespace hermes::bench

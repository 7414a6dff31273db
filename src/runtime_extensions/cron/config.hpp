// What can be configured of cron.
#pragma once

#include "runtime_extensions/cron/durable_schedule.hpp"
#include "runtime_extensions/cron/schedule.hpp"
#include "runtime_extensions/cron/store.hpp"

#include <cstdint>

namespace hermes::ext::cron {

/// The defaults are what README.md names.
struct Config {
  ScheduleLimits schedule;
  DurabilityConfig durability;
  StoreOptions store;
  /// Lines about refused calls that one application may cause per second.
  std::uint64_t complaints_per_second = 5;
};

}  // namespace hermes::ext::cron

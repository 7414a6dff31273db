// When a stored entry fires next, without running it.
#pragma once

#include "base/clock.hpp"
#include "runtime_extensions/cron/entry.hpp"

#include <cstdint>
#include <optional>

namespace hermes::ext::cron {

struct Outlook {
  /// The first time from `now` on; for an entry that fires once, also one that has passed. None: it
  /// never fires again.
  std::optional<WallTime> next;
  /// Occurrences that have fallen due and are not known to have been handled.
  std::uint64_t overdue = 0;
};

/// `entry.name->when` is an expression, unless the entry fires at a given time.
[[nodiscard]] Outlook look_ahead(const StoredEntry& entry, WallTime now);

}  // namespace hermes::ext::cron

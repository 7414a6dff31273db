// A cron entry as data: what it is, what is kept of it on the disk, and what can change there.
#pragma once

#include "base/clock.hpp"
#include "base/strong_id.hpp"
#include "runtime_extensions/cron/crontab.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace hermes::ext::cron {

/// Whether an entry fires again after it has fired.
enum class Retrigger : bool { kNo, kYes };

/// Both clocks, read together.
struct Now {
  WallTime wall;
  SteadyTime steady;
};

inline Now read(const Clock& clock) { return {clock.wall(), clock.steady()}; }

/// What identifies an entry to the application.
struct EntryName {
  std::string when;
  std::string tag;
};

/// One life of an entry: what is removed and added again is another one. Numbered in the order of
/// adding, also across restarts.
using EntryId = StrongId<struct EntryIdTag>;

/// How far an entry has come.
struct Progress {
  /// No occurrence up to this minute is outstanding: each was handled or left out.
  Minute done{};
  /// When the last one that was handled had been due.
  std::optional<WallTime> completed{};
  /// How many have been left out, of those that are not outstanding.
  std::uint64_t missed = 0;

  friend bool operator==(const Progress&, const Progress&) = default;
};

/// An entry as it is on the disk.
struct StoredEntry {
  EntryId id;
  std::shared_ptr<const EntryName> name;
  Retrigger retrigger = Retrigger::kNo;
  /// When it fires, once; none: whenever its time matches as an expression.
  std::optional<WallTime> once_at{};
  Progress progress{};
};

/// A new entry.
struct Insert {
  StoredEntry entry;
  /// When a delay fires by the clock that never steps; not stored.
  std::optional<SteadyTime> steady_due{};
  /// What the name says, unless it is a delay's; not stored.
  std::optional<Crontab> crontab{};
};

struct SetRetrigger {
  EntryId id;
  Retrigger retrigger = Retrigger::kNo;
};

/// What is left of the entry is one occurrence, due at `at`. Its expression does not matter any
/// more: another entry has taken its name.
struct SetOnce {
  EntryId id;
  WallTime at;
};

struct SetProgress {
  EntryId id;
  Progress progress;
};

struct Erase {
  EntryId id;
};

/// One change of what is stored. Changes of an entry that is not there (any more) have no effect.
using Change = std::variant<Insert, SetRetrigger, SetOnce, SetProgress, Erase>;

}  // namespace hermes::ext::cron

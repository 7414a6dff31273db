// The cron entries of one application, and what is due when.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/strong_id.hpp"
#include "runtime_extensions/cron/crontab.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hermes::ext::cron {

/// Whether an entry fires again after it has fired.
enum class Retrigger : bool { kNo, kYes };

/// What happens to occurrences that could not be delivered at their time, because the wall clock
/// was set forward or the machine slept. An occurrence is late when its minute has passed.
enum class MissedPolicy : std::uint8_t {
  /// Late occurrences are left out.
  kSkip,
  /// However many occurrences of an entry are due at once, it fires once, for the latest.
  kFireOnce,
  /// Each fires, up to the latest ScheduleLimits::max_fire_all.
  kFireAll,
};

struct ScheduleLimits {
  /// Entries, delays included, that one application may have.
  std::size_t max_entries = 10'000;
  std::size_t max_tag_bytes = 1024;
  /// Occurrences of one entry that may be waiting or running at the same time. Further ones are
  /// left out, and counted.
  std::uint32_t max_waiting = 16;
  MissedPolicy missed = MissedPolicy::kFireOnce;
  std::uint32_t max_fire_all = 100;
};

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

/// One life of an entry: what is removed and added again is another one.
using EntryId = StrongId<struct EntryIdTag>;

/// An entry has become due. Its event is to be delivered; see Schedule::begin.
struct Occurrence {
  EntryId entry;
  std::shared_ptr<const EntryName> name;
  /// When it was due.
  WallTime at;
};

/// Occurrences that will not be delivered, for the log.
struct Missed {
  enum class Reason : std::uint8_t {
    /// Left out by the MissedPolicy.
    kLate,
    /// ScheduleLimits::max_waiting was reached.
    kTooManyWaiting,
  };
  std::shared_ptr<const EntryName> name;
  Reason reason;
  std::uint64_t count;
};

struct Due {
  /// In the order in which they fell due.
  std::vector<Occurrence> occurrences;
  std::vector<Missed> missed;

  void clear() {
    occurrences.clear();
    missed.clear();
  }
};

/// A row of `ls`.
struct Listed {
  std::shared_ptr<const EntryName> name;
  Retrigger retrigger;
};

/// The entries of one application.
///
/// An entry moves on to its next time in the moment in which take_due() hands out an occurrence,
/// and only ever to a later minute than that of its last one. So no entry fires twice for one
/// minute when the wall clock is set back, and none is lost when it is set forward: what was passed
/// over is due, and the MissedPolicy decides. Delays live by the steady clock, and do not notice
/// steps at all.
///
/// Not synchronised. Time comes with each call; nothing here waits or reads a clock.
class Schedule {
 public:
  explicit Schedule(const ScheduleLimits& limits = {}) : limits_(limits) {}
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  /// Adds an entry, or changes the retrigger flag of the one that has this time and tag. The first
  /// occurrence is in a minute later than `now`. The error says why not: not an expression, never
  /// fires, too many entries, tag too long.
  Result<void> add(std::string_view when, std::string_view tag, Retrigger retrigger, Now now);

  /// Adds an entry that is due `nanoseconds` after `now`, once. It is listed under the minute in
  /// which it falls due.
  Result<void> delay(std::uint64_t nanoseconds, std::string_view tag, Now now);

  /// Removes the entry with this time and tag, and the delays that are listed so. Returns whether
  /// there was any. What take_due() has handed out of it, and begin() has not yet been called for,
  /// is void.
  bool rm(std::string_view when, std::string_view tag);

  /// The entries, or those with `tag`, the one that fires next first; each time and tag once.
  [[nodiscard]] std::vector<Listed> ls(std::optional<std::string_view> tag, Now now) const;

  /// Hands out what is due at `now`: appends to `due`. For each occurrence, begin() or abandon()
  /// must be called.
  void take_due(Now now, Due& due);

  /// When take_due() should be called next; none when there is nothing to wait for. Never further
  /// away than `kMaxSleep` while an entry lives by the wall clock, because nothing tells when that
  /// is set.
  [[nodiscard]] std::optional<SteadyTime> next_wake(Now now) const;
  static constexpr Duration kMaxSleep = std::chrono::seconds{15};

  /// The event of an occurrence is about to be delivered. None: its entry has been removed
  /// meanwhile, deliver nothing. Otherwise whether it is the last one of its entry; such an entry
  /// is gone with this call.
  std::optional<bool> begin(EntryId entry);

  /// The event that begin() allowed has been handled by everybody. `keep` false removes the entry.
  void finished(EntryId entry, bool keep);

  /// The occurrence cannot be delivered (the queue refused it, or is being closed). Its entry
  /// stays, unless it was its only one.
  void abandon(EntryId entry);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  void clear();

 private:
  struct Entry {
    std::shared_ptr<const EntryName> name;
    // None for a delay.
    std::optional<Crontab> crontab;
    Retrigger retrigger = Retrigger::kNo;
    // The next occurrence, or that which was handed out when there is no next one.
    WallTime wall_due{};
    SteadyTime steady_due{};
    // Handed out for the last time, so it is not in the set of what is due.
    bool spent = false;
    // Occurrences that were handed out and have not come to an end.
    std::uint32_t waiting = 0;
  };
  using Entries = std::unordered_map<EntryId, Entry>;
  using NameKey = std::tuple<std::string_view, std::string_view>;  // tag, when

  Result<void> check_room(std::string_view tag) const;
  EntryId insert(Entry entry);
  void erase(Entries::iterator entry);
  void queue(EntryId id, const Entry& entry);
  void unqueue(EntryId id, const Entry& entry);
  void take_crontab_due(EntryId id, Entry& entry, Now now, Due& due);
  void hand_out(EntryId id, Entry& entry, WallTime at, Due& due);
  WallTime wall_due(const Entry& entry, Now now) const;

  ScheduleLimits limits_;
  std::uint64_t last_id_ = 0;
  Entries entries_;
  // Views into EntryName, which the entries keep alive.
  std::multimap<NameKey, EntryId> by_name_;
  std::set<std::pair<WallTime, EntryId>> by_wall_;
  std::set<std::pair<SteadyTime, EntryId>> by_steady_;
};

}  // namespace hermes::ext::cron

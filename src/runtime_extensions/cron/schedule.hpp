// The cron entries of one application, and what is due when.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/sip_hash.hpp"
#include "runtime_extensions/cron/crontab.hpp"
#include "runtime_extensions/cron/entry.hpp"
#include "runtime_extensions/cron/entry_table.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace hermes::ext::cron {

/// What happens to occurrences that could not be delivered at their time, because the engine was
/// not running, the wall clock was set forward, or the machine slept. An occurrence is late when
/// its minute has passed.
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
  /// Occurrences of one entry that may be waiting or running at the same time, at least 1. Further
  /// ones are left out, and counted; with MissedPolicy::kFireAll they come when there is room.
  std::uint32_t max_waiting = 16;
  MissedPolicy missed = MissedPolicy::kFireOnce;
  std::uint32_t max_fire_all = 100;
  /// Occurrences that may be handed out and not over, with one tag and in all. Further ones are
  /// handed out when half of these are over. Less than the events queue takes, so that it does not
  /// refuse what has piled up while the engine was not running.
  std::uint32_t max_handed_out_per_tag = 512;
  std::uint32_t max_handed_out = 8192;
  /// How often one take_due() looks at an entry: it is under a lock, and others wait for that. What
  /// is left is due at once.
  std::uint32_t max_turns = 512;
};

/// Whether the end of an occurrence lets others be handed out that were held back: take_due()
/// should be called.
enum class HeldBack : bool { kNone, kReleased };

/// Whether what happens to entries has to be written down.
enum class Recording : bool { kOff, kOn };

/// An entry has become due. Its event is to be delivered; see Schedule::begin.
struct Occurrence {
  EntryId entry;
  std::shared_ptr<const EntryName> name;
  /// When it was due.
  WallTime at;
  /// How many occurrences of its entry before this one have been left out.
  std::uint64_t missed = 0;
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
  Retrigger retrigger = Retrigger::kNo;
};

/// An operation of the application that has been checked and not been carried out.
struct Prepared {
  /// What the application is answered once it has been.
  bool answer = true;
  /// In this order; none: nothing changes.
  std::vector<Change> changes{};
};

/// The entries of one application.
///
/// An entry moves on to its next time in the moment in which take_due() hands out an occurrence,
/// and only ever to a later minute than that of its last one. So no entry fires twice for one
/// minute when the wall clock is set back, and none is lost when it is set forward: what was passed
/// over is due, and the MissedPolicy decides. Delays live by the steady clock, and do not notice
/// steps at all.
///
/// Occurrences are handed out one at a time, always that which fell due first of all that are left
/// of its tag; an entry with several missed ones goes through them as its turns come. So the order
/// of a tag does not depend on how many are handed out together, or when.
///
/// What has to survive a restart is told twice: an operation of the application says before it is
/// carried out what it would change, so that this can be written first (prepare_*, then commit or
/// cancel); and what happens to entries as they fire is collected for whoever writes it some time
/// later (take_changes).
///
/// Not synchronised. Time comes with each call; nothing here waits or reads a clock.
class Schedule {
 public:
  /// `secret` keeps applications from choosing names that make it slow; a fixed one is for tests.
  explicit Schedule(const ScheduleLimits& limits = {}, Recording recording = Recording::kOff,
                    const SipKey& secret = {})
      : limits_(limits), recording_(recording), entries_(secret) {}
  Schedule(const Schedule&) = delete;
  Schedule& operator=(const Schedule&) = delete;

  /// Takes over what was stored. Before anything is added. What has fallen due meanwhile is due:
  /// the MissedPolicy decides about expressions, and delays fire. The error names an entry that
  /// makes no sense.
  Result<void> restore(std::span<const StoredEntry> entries, Now now);

  // The operations of an application. Between prepare and commit or cancel others may be prepared,
  // but no add or rm of the same time and tag.

  /// Adds an entry, or changes the retrigger flag of the one that has this time and tag. The first
  /// occurrence is in a minute later than `asked`. The error says why not: not an expression, never
  /// fires, too many entries, tag too long.
  Result<Prepared> prepare_add(std::string_view when, std::string_view tag, Retrigger retrigger,
                               Now asked);

  /// Adds an entry that is due `nanoseconds` after `asked`, once. It is listed under the minute in
  /// which it falls due.
  Result<Prepared> prepare_delay(std::uint64_t nanoseconds, std::string_view tag, Now asked);

  /// Removes the entry with this time and tag, and the delays that are listed so; answers whether
  /// there was any. What take_due() has handed out of it, and begin() has not yet been called for,
  /// is void.
  [[nodiscard]] Prepared prepare_rm(std::string_view when, std::string_view tag) const;

  void commit(const Prepared& prepared, Now now);
  void cancel(const Prepared& prepared);

  // Prepared and committed at once, where nothing is stored.
  Result<void> add(std::string_view when, std::string_view tag, Retrigger retrigger, Now now);
  Result<void> delay(std::uint64_t nanoseconds, std::string_view tag, Now now);
  bool rm(std::string_view when, std::string_view tag);

  /// A row of `ls`, and what it is sorted by.
  struct Row {
    WallTime due{};
    EntryId id;
    Listed listed;
  };
  /// The entries, or those with `tag`; each time and tag once. Takes time by their number.
  [[nodiscard]] std::vector<Row> rows(std::optional<std::string_view> tag, Now now) const;
  /// The one that fires next first. Apart, because no lock is needed for it.
  [[nodiscard]] static std::vector<Listed> in_order(std::vector<Row> rows);
  [[nodiscard]] std::vector<Listed> ls(std::optional<std::string_view> tag, Now now) const {
    return in_order(rows(tag, now));
  }

  /// Hands out what is due at `now`, as much of it as the limits allow: appends to `due`. What is
  /// left because of max_turns is due at once (next_wake); what is left because of the other limits
  /// waits for HeldBack::kReleased. For each occurrence, begin() must be called, unless it is
  /// abandoned before; and in the end one of finished(), abandon() and dropped().
  void take_due(Now now, Due& due);

  /// When take_due() should be called next; none when there is nothing to wait for. Never further
  /// away than `kMaxSleep` while an entry lives by the wall clock, because nothing tells when that
  /// is set.
  [[nodiscard]] std::optional<SteadyTime> next_wake(Now now) const;
  static constexpr Duration kMaxSleep = std::chrono::seconds{15};

  /// The event of an occurrence is about to be delivered. None: its entry has been removed
  /// meanwhile, deliver nothing. Otherwise whether it is the last one of its entry; such an entry
  /// is no longer listed from this call on.
  std::optional<bool> begin(EntryId entry);

  /// The event that begin() allowed has been handled by everybody. `keep` false removes the entry.
  HeldBack finished(const Occurrence& occurrence, bool keep);

  /// The occurrence is left out (the queue refused it, or it is void). Its entry stays, unless it
  /// was its only one.
  HeldBack abandon(const Occurrence& occurrence);

  /// The application was stopped before the event had been handled: it is outstanding.
  void dropped(const Occurrence& occurrence, bool keep);

  [[nodiscard]] std::size_t size() const { return entries_.size() - ending_; }

  // What happened to entries, with Recording::kOn.

  [[nodiscard]] bool has_changes() const { return !dirty_.empty() || !erased_.empty(); }
  /// Appends it to `changes`, one for each entry that it happened to; at most `max` of them.
  void take_changes(std::vector<Change>& changes, std::size_t max);
  /// They could not be written: they will be taken again, together with what comes.
  void return_changes(std::span<const Change> changes);

 private:
  Result<void> check_room(std::string_view tag) const;
  void commit(const Insert& insert, Now now);
  void commit(const SetRetrigger& change, Now now);
  void commit(const Erase& change);
  void erase(Entry& entry, Recording recording);
  [[nodiscard]] Entry* first_due(Now now) const;
  void take_repetition(Entry& entry, Now now, Due& due);
  [[nodiscard]] std::optional<Minute> weigh(Entry& entry, Minute reached, Due& due);
  void leave_out(Entry& entry, Missed::Reason reason, std::uint64_t count, Due& due);
  void move_on(Entry& entry, Minute decided, bool again);
  void hand_out(Entry& entry, WallTime at, Due& due);
  void hold_back(Tag& tag);
  HeldBack give_back(const Occurrence& occurrence);
  void note_progress(Entry& entry);

  ScheduleLimits limits_;
  Recording recording_;
  std::uint64_t last_id_ = 0;
  EntryTable entries_;
  std::size_t ending_ = 0;
  // Entries that were prepared and not committed.
  std::size_t reserved_ = 0;
  // Occurrences that are handed out; and whether so many were that nothing is until there is room.
  std::uint32_t handed_out_ = 0;
  bool full_ = false;
  // What has happened since take_changes().
  std::vector<EntryId> dirty_;
  std::vector<EntryId> erased_;
};

}  // namespace hermes::ext::cron

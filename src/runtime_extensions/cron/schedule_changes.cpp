// Schedule: what applications do to their entries, and what is told to whoever stores them.
#include "runtime_extensions/cron/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace hermes::ext::cron {

namespace {

Minute minute_of(WallTime time) { return std::chrono::floor<std::chrono::minutes>(time); }

// When the steady clock will show, or has shown, what is `at` by the wall clock; at the end of time
// where that is too far away.
SteadyTime to_steady(WallTime at, Now now) {
  std::int64_t ahead = 0;
  std::int64_t result = 0;
  if (__builtin_sub_overflow(at.time_since_epoch().count(), now.wall.time_since_epoch().count(),
                             &ahead)) {
    return at < now.wall ? SteadyTime::min() : SteadyTime::max();
  }
  if (__builtin_add_overflow(now.steady.time_since_epoch().count(), ahead, &result)) {
    return ahead < 0 ? SteadyTime::min() : SteadyTime::max();
  }
  return SteadyTime{Duration{result}};
}

}  // namespace

Result<void> Schedule::check_room(std::string_view tag) const {
  if (tag.size() > limits_.max_tag_bytes) {
    return fail(ErrorCode::kLimit, fmt::format("the tag has {} bytes, at most {} are allowed",
                                               tag.size(), limits_.max_tag_bytes));
  }
  if (size() + reserved_ >= limits_.max_entries) {
    return fail(
        ErrorCode::kLimit,
        fmt::format(
            "the application has {} entries, which is as many as it may have; remove some first",
            size() + reserved_));
  }
  return {};
}

Result<void> Schedule::restore(std::span<const StoredEntry> entries, Now now) {
  for (const StoredEntry& stored : entries) {
    Insert insert{stored, {}, {}};
    if (!stored.once_at) {
      auto crontab = Crontab::parse(stored.name->when);
      if (!crontab) {
        return std::unexpected(
            std::move(crontab).error().with_context(fmt::format("entry {}", stored.id.value())));
      }
      insert.crontab = *crontab;
    }
    last_id_ = std::max(last_id_, stored.id.value());
    ++reserved_;
    commit(insert, now);
  }
  return {};
}

Result<Prepared> Schedule::prepare_add(std::string_view when, std::string_view tag,
                                       Retrigger retrigger, Now asked) {
  Prepared prepared;
  Entry* const first = entries_.find(when, tag);
  // Expressions come first; there is one, besides those that are ending.
  for (Entry* entry = first; entry != nullptr && entry->repetition;
       entry = entry->next_namesake == first ? nullptr : entry->next_namesake) {
    if (entry->ending) {
      // It makes room for the new one. Should its last event have to be delivered again after a
      // restart, nobody will take it for that.
      prepared.changes.emplace_back(SetOnce{entry->id, entry->wall_due()});
      continue;
    }
    prepared.changes.clear();
    if (entry->retrigger != retrigger) {
      prepared.changes.emplace_back(SetRetrigger{entry->id, retrigger});
      if (retrigger == Retrigger::kYes) entry->pinned = true;
    }
    return prepared;
  }

  auto crontab = Crontab::parse(when);
  if (!crontab) return std::unexpected(std::move(crontab).error());
  if (!crontab->ever_matches()) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("crontab expression \"{}\" never fires: no such day comes", when));
  }
  if (auto room = check_room(tag); !room) return std::unexpected(std::move(room).error());
  ++reserved_;
  prepared.changes.emplace_back(
      Insert{{.id = EntryId{++last_id_},
              .name = std::make_shared<EntryName>(std::string(when), std::string(tag)),
              .retrigger = retrigger,
              .progress = {.done = minute_of(asked.wall)}},
             {},
             *crontab});
  return prepared;
}

Result<Prepared> Schedule::prepare_delay(std::uint64_t nanoseconds, std::string_view tag,
                                         Now asked) {
  const Duration longest = std::min(WallTime::max() - asked.wall, SteadyTime::max() - asked.steady);
  if (nanoseconds > static_cast<std::uint64_t>(longest.count())) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a delay of {} ns is too long: the longest now is {} ns", nanoseconds,
                            longest.count()));
  }
  if (auto room = check_room(tag); !room) return std::unexpected(std::move(room).error());
  const Duration duration{static_cast<std::int64_t>(nanoseconds)};
  const WallTime due = asked.wall + duration;
  ++reserved_;
  Prepared prepared;
  prepared.changes.emplace_back(
      Insert{{.id = EntryId{++last_id_},
              .name = std::make_shared<EntryName>(Crontab::at_minute(minute_of(due)).to_string(),
                                                  std::string(tag)),
              .once_at = due},
             asked.steady + duration,
             {}});
  return prepared;
}

Prepared Schedule::prepare_rm(std::string_view when, std::string_view tag) const {
  Prepared prepared{.answer = false};
  const Entry* const first = entries_.find(when, tag);
  for (const Entry* entry = first; entry != nullptr;
       entry = entry->next_namesake == first ? nullptr : entry->next_namesake) {
    // Also one whose last event is being handled: after a restart it must not come again.
    prepared.changes.emplace_back(Erase{entry->id});
    if (!entry->ending) prepared.answer = true;
  }
  return prepared;
}

void Schedule::commit(const Prepared& prepared, Now now) {
  for (const Change& change : prepared.changes) {
    if (const auto* insert = std::get_if<Insert>(&change)) commit(*insert, now);
    if (const auto* flag = std::get_if<SetRetrigger>(&change)) commit(*flag, now);
    if (const auto* gone = std::get_if<Erase>(&change)) commit(*gone);
    // The rest is about what is stored only.
  }
}

void Schedule::commit(const Insert& insert, Now now) {
  --reserved_;
  const StoredEntry& stored = insert.entry;
  auto entry = std::make_unique<Entry>();
  entry->id = stored.id;
  entry->name = stored.name;
  entry->retrigger = stored.retrigger;
  if (insert.crontab) {
    entry->repetition = std::make_unique<Repetition>(Repetition{.crontab = *insert.crontab,
                                                                .decided = stored.progress.done,
                                                                .missed = stored.progress.missed,
                                                                .weighed = stored.progress.done,
                                                                .progress = stored.progress});
    const std::optional<Minute> next = insert.crontab->next_after(stored.progress.done);
    entry->due = (next ? to_wall(*next) : WallTime::max()).time_since_epoch().count();
  } else {
    // What was stored is overdue by what has passed meanwhile, so the order stays.
    entry->due =
        insert.steady_due.value_or(to_steady(*stored.once_at, now)).time_since_epoch().count();
  }
  entries_.insert(std::move(entry));
}

void Schedule::commit(const SetRetrigger& change, Now now) {
  Entry* entry = entries_.find(change.id);
  if (entry == nullptr) return;
  entry->pinned = false;
  entry->retrigger = change.retrigger;
  if (change.retrigger == Retrigger::kNo || !entry->spent || entry->ending) return;
  // It had been handed out for the last time: now there is a next time.
  move_on(*entry, std::max(minute_of(entry->wall_due()), minute_of(now.wall)), true);
}

void Schedule::commit(const Erase& change) {
  Entry* entry = entries_.find(change.id);
  if (entry != nullptr && !entry->ending) erase(*entry, Recording::kOff);
}

void Schedule::cancel(const Prepared& prepared) {
  for (const Change& change : prepared.changes) {
    if (std::holds_alternative<Insert>(change)) --reserved_;
    const auto* flag = std::get_if<SetRetrigger>(&change);
    if (flag == nullptr) continue;
    Entry* entry = entries_.find(flag->id);
    if (entry == nullptr) continue;
    entry->pinned = false;
    // Its last event came meanwhile, and was not announced as that.
    if (entry->spent && entry->waiting == 0) erase(*entry, recording_);
  }
}

Result<void> Schedule::add(std::string_view when, std::string_view tag, Retrigger retrigger,
                           Now now) {
  auto prepared = prepare_add(when, tag, retrigger, now);
  if (!prepared) return std::unexpected(std::move(prepared).error());
  commit(*prepared, now);
  return {};
}

Result<void> Schedule::delay(std::uint64_t nanoseconds, std::string_view tag, Now now) {
  auto prepared = prepare_delay(nanoseconds, tag, now);
  if (!prepared) return std::unexpected(std::move(prepared).error());
  commit(*prepared, now);
  return {};
}

bool Schedule::rm(std::string_view when, std::string_view tag) {
  const Prepared prepared = prepare_rm(when, tag);
  // No time is needed to remove.
  commit(prepared, Now{});
  return prepared.answer;
}

void Schedule::note_progress(Entry& entry) {
  if (recording_ == Recording::kOff || !entry.repetition) return;
  if (entry.waiting == 0) {
    entry.repetition->progress.done = entry.repetition->decided;
    entry.repetition->progress.missed = entry.repetition->missed;
  }
  if (entry.dirty) return;
  entry.dirty = true;
  dirty_.push_back(entry.id);
}

void Schedule::take_changes(std::vector<Change>& changes, std::size_t max) {
  // Of different entries: in no order.
  const std::size_t end = changes.size() + max;
  for (; !dirty_.empty() && changes.size() < end; dirty_.pop_back()) {
    Entry* entry = entries_.find(dirty_.back());
    if (entry == nullptr) continue;
    entry->dirty = false;
    changes.emplace_back(SetProgress{entry->id, entry->repetition->progress});
  }
  for (; !erased_.empty() && changes.size() < end; erased_.pop_back()) {
    changes.emplace_back(Erase{erased_.back()});
  }
}

void Schedule::return_changes(std::span<const Change> changes) {
  for (const Change& change : changes) {
    if (const auto* gone = std::get_if<Erase>(&change)) erased_.push_back(gone->id);
    const auto* progress = std::get_if<SetProgress>(&change);
    if (progress == nullptr) continue;
    Entry* entry = entries_.find(progress->id);
    if (entry == nullptr || entry->dirty) continue;
    entry->dirty = true;
    dirty_.push_back(entry->id);
  }
}

}  // namespace hermes::ext::cron

#include "runtime_extensions/cron/schedule.hpp"

#include <algorithm>
#include <utility>

namespace hermes::ext::cron {

namespace {

using std::chrono::minutes;

Minute minute_of(WallTime time) { return std::chrono::floor<minutes>(time); }

// When an entry is due by the wall clock, as far as can be told now.
WallTime wall_due(const Entry& entry, Now now) {
  if (entry.repetition) return entry.wall_due();
  return now.wall + (SteadyTime{Duration{entry.due}} - now.steady);
}

}  // namespace

std::vector<Schedule::Row> Schedule::rows(std::optional<std::string_view> tag, Now now) const {
  std::vector<Row> rows;
  const auto list = [&](const Entry& first) {
    // One row, with the nearest time, and repeated if any of them is.
    std::optional<Row> row;
    const Entry* entry = &first;
    do {
      if (!entry->ending) {
        const WallTime due = wall_due(*entry, now);
        if (!row) row = Row{due, entry->id, {entry->name, entry->retrigger}};
        if (std::pair(due, entry->id) < std::pair(row->due, row->id)) {
          row->due = due;
          row->id = entry->id;
        }
        if (entry->retrigger == Retrigger::kYes) row->listed.retrigger = Retrigger::kYes;
      }
      entry = entry->next_namesake;
    } while (entry != &first);
    if (row) rows.push_back(std::move(*row));
  };
  if (!tag) {
    entries_.for_each_name(list);
  } else if (const Tag* known = entries_.find_tag(*tag)) {
    entries_.for_each_name(*known, list);
  }
  return rows;
}

std::vector<Listed> Schedule::in_order(std::vector<Row> rows) {
  std::ranges::sort(rows, {}, [](const Row& row) { return std::pair(row.due, row.id); });
  std::vector<Listed> result;
  result.reserve(rows.size());
  for (Row& row : rows) result.push_back(std::move(row.listed));
  return result;
}

// ----------------------------------------------------------------------------------------------
// due

void Schedule::take_due(Now now, Due& due) {
  for (std::uint32_t turn = 0; turn < limits_.max_turns && !full_; ++turn) {
    Entry* entry = first_due(now);
    if (entry == nullptr) return;
    if (entry->repetition) {
      take_repetition(*entry, now, due);
    } else {
      entries_.set_spent(*entry, entry->due);
      hand_out(*entry, wall_due(*entry, now), due);
    }
  }
}

// The entry whose next occurrence fell due first, of all tags that have room.
Entry* Schedule::first_due(Now now) const {
  Entry* wall = entries_.first(TimeBase::kWall);
  if (wall != nullptr && wall->wall_due() > now.wall) wall = nullptr;
  Entry* steady = entries_.first(TimeBase::kSteady);
  if (steady != nullptr && SteadyTime{Duration{steady->due}} > now.steady) steady = nullptr;
  if (wall == nullptr || steady == nullptr) return wall != nullptr ? wall : steady;
  const auto order = [now](const Entry& entry) {
    return std::pair(wall_due(entry, now), entry.id);
  };
  return order(*wall) < order(*steady) ? wall : steady;
}

// One turn of an entry that is due: either it turns out that its next occurrence is a later one,
// which then has to wait for its turn among others; or it is handed out.
void Schedule::take_repetition(Entry& entry, Now now, Due& due) {
  const Minute reached = minute_of(now.wall);
  const Minute next = minute_of(entry.wall_due());
  if (entry.repetition->weighed < reached) {
    entry.repetition->weighed = reached;
    if (weigh(entry, reached, due) != next) return;
  }
  const bool room = entry.waiting < limits_.max_waiting;
  if (!room && limits_.missed == MissedPolicy::kFireAll) return hold_back(*entry.tag);
  move_on(entry, next, entry.retrigger == Retrigger::kYes);
  if (room) {
    hand_out(entry, to_wall(next), due);
  } else {
    leave_out(entry, Missed::Reason::kTooManyWaiting, 1, due);
  }
}

// Applies the MissedPolicy to what is due of an entry. Returns its next occurrence, if there is one
// that is due.
std::optional<Minute> Schedule::weigh(Entry& entry, Minute reached, Due& due) {
  const Crontab& crontab = entry.repetition->crontab;
  const Minute first = minute_of(entry.wall_due());
  // The last occurrence that has been reached; on time as long as its minute has not passed.
  const Minute last = crontab.last_until(reached).value_or(first);
  const std::uint64_t count = last == first ? 1 : 1 + crontab.count_between(first, last);

  const bool once = entry.retrigger == Retrigger::kNo;
  std::uint64_t fire = 1;
  switch (limits_.missed) {
    case MissedPolicy::kSkip:
      fire = last == reached ? 1 : 0;
      break;
    case MissedPolicy::kFireOnce:
      break;
    case MissedPolicy::kFireAll:
      fire = once ? 1 : std::clamp<std::uint64_t>(limits_.max_fire_all, 1, count);
      break;
  }
  // An entry that fires once loses nothing when it fires late.
  if (count > fire && (!once || fire == 0)) {
    leave_out(entry, Missed::Reason::kLate, count - fire, due);
  }
  if (fire == count) return first;
  if (fire == 0) {
    move_on(entry, last, true);
    if (entry.waiting > 0) return std::nullopt;
    note_progress(entry);
    // Nothing of it waits: nothing is left that could end its life.
    if (entry.spent) erase(entry, recording_);
    return std::nullopt;
  }
  // The latest ones.
  Minute next = last;
  for (std::uint64_t more = fire - 1; more > 0; --more) {
    next = crontab.last_until(next - minutes{1}).value_or(first);
  }
  entry.repetition->decided = next - minutes{1};
  entries_.set_due(entry, to_wall(next).time_since_epoch().count());
  return next;
}

void Schedule::leave_out(Entry& entry, Missed::Reason reason, std::uint64_t count, Due& due) {
  entry.repetition->missed += count;
  const bool known = !due.missed.empty() && due.missed.back().name == entry.name &&
                     due.missed.back().reason == reason;
  if (!known) due.missed.push_back({entry.name, reason, 0});
  due.missed.back().count += count;
}

// What was due up to `decided` is handed out or left out.
void Schedule::move_on(Entry& entry, Minute decided, bool again) {
  entry.repetition->decided = decided;
  const auto next = again ? entry.repetition->crontab.next_after(decided) : std::nullopt;
  if (next) {
    entries_.set_due(entry, to_wall(*next).time_since_epoch().count());
  } else {
    entries_.set_spent(entry, to_wall(decided).time_since_epoch().count());
  }
}

// There is room for it.
void Schedule::hand_out(Entry& entry, WallTime at, Due& due) {
  ++entry.waiting;
  const std::uint64_t missed = entry.repetition ? entry.repetition->missed : 0;
  due.occurrences.push_back({entry.id, entry.name, at, missed});
  if (++entry.tag->handed_out >= limits_.max_handed_out_per_tag) hold_back(*entry.tag);
  if (++handed_out_ >= limits_.max_handed_out) full_ = true;
}

// Not for each occurrence that ends: that would wake the one who takes what is due each time.
void Schedule::hold_back(Tag& tag) {
  tag.resume_at = tag.handed_out / 2;
  entries_.block(tag);
}

// An occurrence has come to an end.
HeldBack Schedule::give_back(const Occurrence& occurrence) {
  HeldBack held_back = HeldBack::kNone;
  Tag& tag = *entries_.find_tag(occurrence.name->tag);
  --tag.handed_out;
  if (tag.blocked && tag.handed_out <= tag.resume_at) {
    entries_.unblock(tag);
    held_back = HeldBack::kReleased;
  }
  entries_.forget_unused(tag);
  --handed_out_;
  if (full_ && handed_out_ <= limits_.max_handed_out / 2) {
    full_ = false;
    held_back = HeldBack::kReleased;
  }
  return held_back;
}

std::optional<SteadyTime> Schedule::next_wake(Now now) const {
  // Then it waits for others to end, not for a time.
  if (full_) return std::nullopt;
  std::optional<SteadyTime> wake;
  if (const Entry* steady = entries_.first(TimeBase::kSteady)) {
    // Not in the past, so that what else is due by then has its turn before.
    wake = std::max(SteadyTime{Duration{steady->due}}, now.steady);
  }
  if (const Entry* wall = entries_.first(TimeBase::kWall)) {
    const Duration until =
        std::clamp<Duration>(wall->wall_due() - now.wall, Duration::zero(), kMaxSleep);
    wake = std::min(wake.value_or(SteadyTime::max()), now.steady + until);
  }
  return wake;
}

// --------------------------------------------------------------------------------------- the
// events

std::optional<bool> Schedule::begin(EntryId id) {
  Entry* entry = entries_.find(id);
  if (entry == nullptr) return std::nullopt;
  // When several occurrences of a spent entry wait, only the last of them is the last.
  entry->ending = entry->spent && entry->waiting <= 1 && !entry->pinned;
  if (entry->ending) ++ending_;
  return entry->ending;
}

HeldBack Schedule::finished(const Occurrence& occurrence, bool keep) {
  const HeldBack held_back = give_back(occurrence);
  Entry* entry = entries_.find(occurrence.entry);
  if (entry == nullptr) return held_back;
  if (entry->waiting > 0) --entry->waiting;
  if (entry->ending || !keep) {
    erase(*entry, recording_);
  } else if (entry->repetition) {
    entry->repetition->progress = {
        .done = minute_of(occurrence.at), .completed = occurrence.at, .missed = occurrence.missed};
    note_progress(*entry);
  }
  return held_back;
}

HeldBack Schedule::abandon(const Occurrence& occurrence) {
  const HeldBack held_back = give_back(occurrence);
  Entry* entry = entries_.find(occurrence.entry);
  if (entry == nullptr) return held_back;
  if (entry->waiting > 0) --entry->waiting;
  if (entry->repetition) ++entry->repetition->missed;
  if (entry->waiting > 0) return held_back;
  if (entry->spent && !entry->pinned) {
    erase(*entry, recording_);
  } else {
    note_progress(*entry);
  }
  return held_back;
}

void Schedule::dropped(const Occurrence& occurrence, bool keep) {
  // Nothing is noted, so that it is due again after a restart; and it stays among those that wait,
  // so that the progress does not go past it.
  Entry* entry = entries_.find(occurrence.entry);
  if (entry == nullptr || keep || entry->ending) return;
  erase(*entry, recording_);
}

void Schedule::erase(Entry& entry, Recording recording) {
  if (entry.ending) --ending_;
  if (recording == Recording::kOn) erased_.push_back(entry.id);
  entries_.erase(entry);
}

}  // namespace hermes::ext::cron

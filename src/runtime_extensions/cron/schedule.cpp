#include "runtime_extensions/cron/schedule.hpp"

#include <algorithm>
#include <utility>

namespace hermes::ext::cron {

namespace {

using std::chrono::minutes;

Minute minute_of(WallTime time) { return std::chrono::floor<minutes>(time); }

}  // namespace

std::vector<Listed> Schedule::ls(std::optional<std::string_view> tag, Now now) const {
  struct Row {
    WallTime due;
    EntryId id;
    Listed listed;
  };
  std::vector<Row> rows;
  NameKey previous;
  const auto begin = tag ? by_name_.lower_bound(NameKey{*tag, {}}) : by_name_.begin();
  for (auto known = begin; known != by_name_.end(); ++known) {
    if (tag && std::get<0>(known->first) != *tag) break;
    const Entry& entry = entries_.at(known->second);
    if (entry.ending) continue;
    const Row row{wall_due(entry, now), known->second, {entry.name, entry.retrigger}};
    if (rows.empty() || known->first != previous) {
      rows.push_back(row);
    } else {
      // The same time and tag again: one row, with the nearest time, and repeated if any of them
      // is.
      rows.back().due = std::min(rows.back().due, row.due);
      if (entry.retrigger == Retrigger::kYes) rows.back().listed.retrigger = Retrigger::kYes;
    }
    previous = known->first;
  }
  std::ranges::sort(rows, {}, [](const Row& row) { return std::pair(row.due, row.id); });
  std::vector<Listed> result;
  result.reserve(rows.size());
  for (Row& row : rows) result.push_back(std::move(row.listed));
  return result;
}

void Schedule::take_due(Now now, Due& due) {
  struct Candidate {
    WallTime order;
    WallTime due;
    EntryId id;
  };
  std::vector<Candidate> candidates;
  const auto consider = [&](EntryId id) {
    const Entry& entry = entries_.at(id);
    candidates.push_back({order_of(entry, now), wall_due(entry, now), id});
  };
  for (const auto& [at, id] : by_wall_) {
    if (at > now.wall) break;
    consider(id);
  }
  for (const auto& [at, id] : by_steady_) {
    if (at > now.steady) break;
    consider(id);
  }
  std::ranges::sort(candidates, {},
                    [](const Candidate& each) { return std::pair(each.order, each.id); });

  holding_back_ = false;
  const std::size_t before = due.occurrences.size();
  for (const Candidate& candidate : candidates) {
    Entry& entry = entries_.at(candidate.id);
    if (held_back(entry)) {
      holding_back_ = true;
    } else if (entry.crontab) {
      take_crontab_due(candidate.id, entry, now, due);
    } else {
      unqueue(candidate.id, entry);
      entry.spent = true;
      hand_out(candidate.id, entry, candidate.due, due);
    }
  }
  // Several occurrences of an entry lie between those of others.
  std::ranges::sort(due.occurrences.begin() + static_cast<std::ptrdiff_t>(before),
                    due.occurrences.end(), {},
                    [](const Occurrence& each) { return std::pair(each.at, each.entry); });
}

// The time of the first occurrence that an entry which is due will hand out.
WallTime Schedule::order_of(const Entry& entry, Now now) const {
  if (!entry.crontab || limits_.missed == MissedPolicy::kFireAll) return wall_due(entry, now);
  const auto last = entry.crontab->last_until(minute_of(now.wall));
  return last ? std::max(entry.wall_due, to_wall(*last)) : entry.wall_due;
}

bool Schedule::held_back(const Entry& entry) const {
  if (handed_out_ >= limits_.max_handed_out) return true;
  const auto found = handed_out_by_tag_.find(entry.name->tag);
  return found != handed_out_by_tag_.end() && found->second >= limits_.max_handed_out_per_tag;
}

// An occurrence has come to an end.
HeldBack Schedule::give_back(const Occurrence& occurrence) {
  const auto tag = handed_out_by_tag_.find(occurrence.name->tag);
  const std::uint32_t left = --tag->second;
  if (left == 0) handed_out_by_tag_.erase(tag);
  --handed_out_;
  // Not at each one: looking for what is due takes time by the number of entries.
  const bool half =
      left == limits_.max_handed_out_per_tag / 2 || handed_out_ == limits_.max_handed_out / 2;
  if (!half || !holding_back_) return HeldBack::kNone;
  holding_back_ = false;
  return HeldBack::kReleased;
}

void Schedule::take_crontab_due(EntryId id, Entry& entry, Now now, Due& due) {
  unqueue(id, entry);
  const Minute first = minute_of(entry.wall_due);
  const Minute reached = minute_of(now.wall);
  // The last occurrence that has been reached; on time as long as its minute has not passed.
  const Minute last = entry.crontab->last_until(reached).value_or(first);
  const bool on_time = last == reached;
  const std::uint64_t count = last == first ? 1 : 1 + entry.crontab->count_between(first, last);

  const bool once = entry.retrigger == Retrigger::kNo;
  std::uint64_t fire = 1;
  switch (limits_.missed) {
    case MissedPolicy::kSkip:
      fire = on_time ? 1 : 0;
      break;
    case MissedPolicy::kFireOnce:
      break;
    case MissedPolicy::kFireAll:
      fire = std::clamp<std::uint64_t>(limits_.max_fire_all, 1, count);
      break;
  }
  if (once) fire = std::min<std::uint64_t>(fire, 1);
  // An entry that fires once loses nothing when it fires late.
  if (count > fire && (!once || fire == 0)) {
    due.missed.push_back({entry.name, Missed::Reason::kLate, count - fire});
    entry.missed += count - fire;
  }

  entry.decided = last;
  const std::optional<Minute> next = entry.crontab->next_after(last);
  if ((once && fire == 1) || !next) {
    entry.spent = true;
    entry.wall_due = to_wall(last);
  } else {
    entry.wall_due = to_wall(*next);
    queue(id, entry);
  }
  // The latest ones, in their order.
  std::vector<Minute> minutes_due;
  for (Minute minute = last; minutes_due.size() < fire;
       minute = entry.crontab->last_until(minute - minutes{1}).value_or(first)) {
    minutes_due.push_back(minute);
  }
  for (auto minute = minutes_due.rbegin(); minute != minutes_due.rend(); ++minute) {
    hand_out(id, entry, to_wall(*minute), due);
  }
  if (entry.waiting > 0) return;
  note_progress(id, entry);
  // Nothing of it waits: nothing is left that could end its life.
  if (entry.spent) erase(entries_.find(id), recording_);
}

void Schedule::hand_out(EntryId id, Entry& entry, WallTime at, Due& due) {
  if (entry.waiting < limits_.max_waiting) {
    ++entry.waiting;
    ++handed_out_;
    ++handed_out_by_tag_[entry.name->tag];
    due.occurrences.push_back({id, entry.name, at, entry.missed});
    return;
  }
  ++entry.missed;
  const bool known = !due.missed.empty() && due.missed.back().name == entry.name &&
                     due.missed.back().reason == Missed::Reason::kTooManyWaiting;
  if (!known) due.missed.push_back({entry.name, Missed::Reason::kTooManyWaiting, 0});
  ++due.missed.back().count;
}

std::optional<SteadyTime> Schedule::next_wake(Now now) const {
  // What is due and held back waits for others to end, not for a time.
  const auto wall = holding_back_ ? by_wall_.upper_bound({now.wall, EntryId{~std::uint64_t{0}}})
                                  : by_wall_.begin();
  const auto steady = holding_back_
                          ? by_steady_.upper_bound({now.steady, EntryId{~std::uint64_t{0}}})
                          : by_steady_.begin();
  std::optional<SteadyTime> wake;
  if (steady != by_steady_.end()) wake = steady->first;
  if (wall != by_wall_.end()) {
    const Duration until =
        std::clamp<Duration>(wall->first - now.wall, Duration::zero(), kMaxSleep);
    wake = std::min(wake.value_or(SteadyTime::max()), now.steady + until);
  }
  return wake;
}

std::optional<bool> Schedule::begin(EntryId id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return std::nullopt;
  Entry& entry = found->second;
  // When several occurrences of a spent entry wait, only the last of them is the last.
  entry.ending = entry.spent && entry.waiting <= 1 && !entry.pinned;
  if (entry.ending) ++ending_;
  return entry.ending;
}

HeldBack Schedule::finished(const Occurrence& occurrence, bool keep) {
  const HeldBack held_back = give_back(occurrence);
  const auto found = entries_.find(occurrence.entry);
  if (found == entries_.end()) return held_back;
  Entry& entry = found->second;
  if (entry.waiting > 0) --entry.waiting;
  if (entry.ending || !keep) {
    erase(found, recording_);
    return held_back;
  }
  entry.progress.completed = occurrence.at;
  entry.progress.done = minute_of(occurrence.at);
  entry.progress.missed = occurrence.missed;
  note_progress(occurrence.entry, entry);
  return held_back;
}

HeldBack Schedule::abandon(const Occurrence& occurrence) {
  const HeldBack held_back = give_back(occurrence);
  const auto found = entries_.find(occurrence.entry);
  if (found == entries_.end()) return held_back;
  Entry& entry = found->second;
  if (entry.waiting > 0) --entry.waiting;
  ++entry.missed;
  if (entry.waiting > 0) return held_back;
  if (entry.spent && !entry.pinned) {
    erase(found, recording_);
  } else {
    note_progress(occurrence.entry, entry);
  }
  return held_back;
}

void Schedule::dropped(const Occurrence& occurrence, bool keep) {
  // Nothing is noted, so that it is due again after a restart; and it stays among those that wait,
  // so that the progress does not go past it.
  const auto found = entries_.find(occurrence.entry);
  if (found == entries_.end() || keep || found->second.ending) return;
  erase(found, recording_);
}

void Schedule::insert(EntryId id, Entry entry) {
  by_name_.emplace(NameKey{entry.name->tag, entry.name->when}, id);
  queue(id, entry);
  entries_.emplace(id, std::move(entry));
}

void Schedule::erase(Entries::iterator found, Recording recording) {
  const auto& [id, entry] = *found;
  if (!entry.spent) unqueue(id, entry);
  if (entry.ending) --ending_;
  if (recording == Recording::kOn) erased_.push_back(id);
  const auto [begin, end] = by_name_.equal_range(NameKey{entry.name->tag, entry.name->when});
  const auto own = std::find_if(
      begin, end, [&, wanted = id](const auto& known) { return known.second == wanted; });
  by_name_.erase(own);
  entries_.erase(found);
}

void Schedule::queue(EntryId id, const Entry& entry) {
  if (entry.crontab) {
    by_wall_.emplace(entry.wall_due, id);
  } else {
    by_steady_.emplace(entry.steady_due, id);
  }
}

void Schedule::unqueue(EntryId id, const Entry& entry) {
  if (entry.crontab) {
    by_wall_.erase({entry.wall_due, id});
  } else {
    by_steady_.erase({entry.steady_due, id});
  }
}

WallTime Schedule::wall_due(const Entry& entry, Now now) const {
  return entry.crontab ? entry.wall_due : now.wall + (entry.steady_due - now.steady);
}

}  // namespace hermes::ext::cron

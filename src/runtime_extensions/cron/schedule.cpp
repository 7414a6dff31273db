#include "runtime_extensions/cron/schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hermes::ext::cron {

namespace {

using std::chrono::minutes;

Minute minute_of(WallTime time) { return std::chrono::floor<minutes>(time); }

// A WallTime ends in the year 2262, long before the calendar does. What lies beyond stays at its
// end.
WallTime to_wall(Minute minute) {
  constexpr Minute kLast = std::chrono::floor<minutes>(WallTime::max());
  return minute > kLast ? WallTime::max() : WallTime{minute};
}

}  // namespace

Result<void> Schedule::check_room(std::string_view tag) const {
  if (tag.size() > limits_.max_tag_bytes) {
    return fail(ErrorCode::kLimit, fmt::format("the tag has {} bytes, at most {} are allowed",
                                               tag.size(), limits_.max_tag_bytes));
  }
  if (entries_.size() >= limits_.max_entries) {
    return fail(
        ErrorCode::kLimit,
        fmt::format(
            "the application has {} entries, which is as many as it may have; remove some first",
            entries_.size()));
  }
  return {};
}

Result<void> Schedule::add(std::string_view when, std::string_view tag, Retrigger retrigger,
                           Now now) {
  const auto [begin, end] = by_name_.equal_range(NameKey{tag, when});
  for (auto known = begin; known != end; ++known) {
    Entry& entry = entries_.at(known->second);
    if (!entry.crontab) continue;
    entry.retrigger = retrigger;
    if (retrigger == Retrigger::kYes && entry.spent) {
      // It had been handed out for the last time: now there is a next time.
      const auto next =
          entry.crontab->next_after(std::max(minute_of(entry.wall_due), minute_of(now.wall)));
      if (!next) continue;
      entry.spent = false;
      entry.wall_due = to_wall(*next);
      queue(known->second, entry);
    }
    return {};
  }

  auto crontab = Crontab::parse(when);
  if (!crontab) return std::unexpected(std::move(crontab).error());
  const std::optional<Minute> first = crontab->next_after(minute_of(now.wall));
  if (!first) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("crontab expression \"{}\" never fires: no such day comes", when));
  }
  if (auto room = check_room(tag); !room) return room;
  Entry entry;
  entry.name = std::make_shared<EntryName>(std::string(when), std::string(tag));
  entry.crontab = *crontab;
  entry.retrigger = retrigger;
  entry.wall_due = to_wall(*first);
  insert(std::move(entry));
  return {};
}

Result<void> Schedule::delay(std::uint64_t nanoseconds, std::string_view tag, Now now) {
  const Duration longest = std::min(WallTime::max() - now.wall, SteadyTime::max() - now.steady);
  if (nanoseconds > static_cast<std::uint64_t>(longest.count())) {
    return fail(ErrorCode::kInvalidArgument,
                fmt::format("a delay of {} ns is too long: the longest now is {} ns", nanoseconds,
                            longest.count()));
  }
  if (auto room = check_room(tag); !room) return room;
  const Duration duration{static_cast<std::int64_t>(nanoseconds)};
  Entry entry;
  entry.steady_due = now.steady + duration;
  entry.name = std::make_shared<EntryName>(
      Crontab::at_minute(minute_of(now.wall + duration)).to_string(), std::string(tag));
  insert(std::move(entry));
  return {};
}

bool Schedule::rm(std::string_view when, std::string_view tag) {
  bool existed = false;
  for (auto known = by_name_.find(NameKey{tag, when}); known != by_name_.end();
       known = by_name_.find(NameKey{tag, when})) {
    erase(entries_.find(known->second));
    existed = true;
  }
  return existed;
}

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
    WallTime due;
    EntryId id;
  };
  std::vector<Candidate> candidates;
  for (const auto& [at, id] : by_wall_) {
    if (at > now.wall) break;
    candidates.push_back({at, id});
  }
  for (const auto& [at, id] : by_steady_) {
    if (at > now.steady) break;
    candidates.push_back({wall_due(entries_.at(id), now), id});
  }
  std::ranges::sort(candidates, {},
                    [](const Candidate& each) { return std::pair(each.due, each.id); });

  for (const Candidate& candidate : candidates) {
    Entry& entry = entries_.at(candidate.id);
    if (entry.crontab) {
      take_crontab_due(candidate.id, entry, now, due);
    } else {
      unqueue(candidate.id, entry);
      entry.spent = true;
      hand_out(candidate.id, entry, candidate.due, due);
    }
  }
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
  }

  const std::optional<Minute> next = entry.crontab->next_after(last);
  if ((once && fire == 1) || !next) {
    entry.spent = true;
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
  // Nothing of it waits: nothing is left that could end its life.
  if (entry.spent && entry.waiting == 0) erase(entries_.find(id));
}

void Schedule::hand_out(EntryId id, Entry& entry, WallTime at, Due& due) {
  if (entry.waiting < limits_.max_waiting) {
    ++entry.waiting;
    due.occurrences.push_back({id, entry.name, at});
    return;
  }
  const bool known = !due.missed.empty() && due.missed.back().name == entry.name &&
                     due.missed.back().reason == Missed::Reason::kTooManyWaiting;
  if (!known) due.missed.push_back({entry.name, Missed::Reason::kTooManyWaiting, 0});
  ++due.missed.back().count;
}

std::optional<SteadyTime> Schedule::next_wake(Now now) const {
  std::optional<SteadyTime> wake;
  if (!by_steady_.empty()) wake = by_steady_.begin()->first;
  if (!by_wall_.empty()) {
    const Duration until =
        std::clamp<Duration>(by_wall_.begin()->first - now.wall, Duration::zero(), kMaxSleep);
    wake = std::min(wake.value_or(SteadyTime::max()), now.steady + until);
  }
  return wake;
}

std::optional<bool> Schedule::begin(EntryId id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return std::nullopt;
  // When several occurrences of a spent entry wait, only the last of them is the last.
  const bool last = found->second.spent && found->second.waiting <= 1;
  if (last) erase(found);
  return last;
}

void Schedule::finished(EntryId id, bool keep) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  if (found->second.waiting > 0) --found->second.waiting;
  if (!keep) erase(found);
}

void Schedule::abandon(EntryId id) {
  const auto found = entries_.find(id);
  if (found == entries_.end()) return;
  if (found->second.waiting > 0) --found->second.waiting;
  if (found->second.spent && found->second.waiting == 0) erase(found);
}

void Schedule::clear() {
  by_name_.clear();
  by_wall_.clear();
  by_steady_.clear();
  entries_.clear();
}

EntryId Schedule::insert(Entry entry) {
  const EntryId id{++last_id_};
  by_name_.emplace(NameKey{entry.name->tag, entry.name->when}, id);
  queue(id, entry);
  entries_.emplace(id, std::move(entry));
  return id;
}

void Schedule::erase(Entries::iterator found) {
  const auto& [id, entry] = *found;
  if (!entry.spent) unqueue(id, entry);
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

#include "runtime_extensions/cron/durable_schedule.hpp"

#include <algorithm>
#include <cstddef>
#include <set>
#include <utility>

namespace hermes::ext::cron {

DurableSchedule::DurableSchedule(const ScheduleLimits& limits, Recording recording,
                                 const Clock& clock, Owner& owner, const DurabilityConfig& config,
                                 const SipKey& secret)
    : clock_(clock), owner_(owner), config_(config), schedule_(limits, recording, secret) {}

DurableSchedule::~DurableSchedule() {
  if (executor_ != nullptr) executor_->withdraw(*this);
}

Result<void> DurableSchedule::restore(std::unique_ptr<Storage> storage,
                                      std::span<const StoredEntry> entries,
                                      BlockingExecutor& executor) {
  const std::lock_guard lock(mutex_);
  storage_ = std::move(storage);
  executor_ = &executor;
  return schedule_.restore(entries, now());
}

// -------------------------------------------------------------------------------------- operations

DurableSchedule::Ticket DurableSchedule::new_ticket() {
  const std::lock_guard lock(mutex_);
  return ++last_ticket_;
}

void DurableSchedule::add(Ticket ticket, std::string_view when, std::string_view tag,
                          Retrigger retrigger, Answer answer) {
  submit(ticket, {.kind = Kind::kAdd,
                  .when = std::string(when),
                  .tag = std::string(tag),
                  .retrigger = retrigger,
                  .answer = std::move(answer)});
}

void DurableSchedule::delay(Ticket ticket, std::uint64_t nanoseconds, std::string_view tag,
                            Answer answer) {
  submit(ticket, {.kind = Kind::kDelay,
                  .tag = std::string(tag),
                  .nanoseconds = nanoseconds,
                  .answer = std::move(answer)});
}

void DurableSchedule::rm(Ticket ticket, std::string_view when, std::string_view tag,
                         Answer answer) {
  submit(ticket, {.kind = Kind::kRm,
                  .when = std::string(when),
                  .tag = std::string(tag),
                  .answer = std::move(answer)});
}

void DurableSchedule::submit(Ticket ticket, Operation operation) {
  operation.asked = now();
  if (storage_ != nullptr) {
    const std::lock_guard lock(mutex_);
    waiting_.emplace(ticket, std::move(operation));
    return post();
  }
  Result<bool> answer;
  {
    const std::lock_guard lock(mutex_);
    auto prepared = prepare(operation);
    if (prepared) {
      schedule_.commit(*prepared, operation.asked);
      answer = prepared->answer;
    } else {
      answer = std::unexpected(std::move(prepared).error());
    }
  }
  owner_.on_sooner();
  operation.answer(std::move(answer));
}

void DurableSchedule::cancel(Ticket ticket) {
  // Destroyed without the lock: nobody knows what an answer holds.
  std::map<Ticket, Operation>::node_type gone;
  const std::lock_guard lock(mutex_);
  gone = waiting_.extract(ticket);
}

Result<Prepared> DurableSchedule::prepare(const Operation& operation) {
  switch (operation.kind) {
    case Kind::kAdd:
      return schedule_.prepare_add(operation.when, operation.tag, operation.retrigger,
                                   operation.asked);
    case Kind::kDelay:
      return schedule_.prepare_delay(operation.nanoseconds, operation.tag, operation.asked);
    case Kind::kRm:
      return schedule_.prepare_rm(operation.when, operation.tag);
  }
  return fail(ErrorCode::kInternal, "no such operation");
}

std::vector<Listed> DurableSchedule::ls(std::optional<std::string_view> tag) const {
  std::vector<Schedule::Row> rows;
  {
    const std::lock_guard lock(mutex_);
    rows = schedule_.rows(tag, now());
  }
  return Schedule::in_order(std::move(rows));
}

DurableSchedule::Upcoming DurableSchedule::upcoming(std::size_t most) const {
  Upcoming result;
  {
    const std::lock_guard lock(mutex_);
    result.rows = schedule_.rows(std::nullopt, now());
  }
  result.total = result.rows.size();
  const std::size_t kept = std::min(most, result.total);
  std::ranges::partial_sort(result.rows, result.rows.begin() + static_cast<std::ptrdiff_t>(kept),
                            {},
                            [](const Schedule::Row& row) { return std::pair(row.due, row.id); });
  result.rows.resize(kept);
  return result;
}

// ------------------------------------------------------------------------------------------ events

void DurableSchedule::take_due(Due& due) {
  const std::lock_guard lock(mutex_);
  const Now at = now();
  schedule_.take_due(at, due);
  static_cast<void>(note_changes());
  if (flush_at_ && *flush_at_ <= at.steady) post();
}

std::optional<SteadyTime> DurableSchedule::next_wake() const {
  const std::lock_guard lock(mutex_);
  const std::optional<SteadyTime> wake = schedule_.next_wake(now());
  if (!flush_at_) return wake;
  return std::min(wake.value_or(SteadyTime::max()), *flush_at_);
}

std::optional<bool> DurableSchedule::begin(EntryId entry) {
  const std::lock_guard lock(mutex_);
  return schedule_.begin(entry);
}

void DurableSchedule::finished(const Occurrence& occurrence, bool keep) {
  bool sooner = false;
  {
    const std::lock_guard lock(mutex_);
    sooner = schedule_.finished(occurrence, keep) == HeldBack::kReleased;
    sooner |= note_changes();
  }
  if (sooner) owner_.on_sooner();
}

void DurableSchedule::abandon(const Occurrence& occurrence) {
  bool sooner = false;
  {
    const std::lock_guard lock(mutex_);
    sooner = schedule_.abandon(occurrence) == HeldBack::kReleased;
    sooner |= note_changes();
  }
  if (sooner) owner_.on_sooner();
}

void DurableSchedule::dropped(const Occurrence& occurrence, bool keep) {
  const std::lock_guard lock(mutex_);
  schedule_.dropped(occurrence, keep);
}

// ---------------------------------------------------------------------------------------- the disk

void DurableSchedule::post() {
  flush_at_.reset();
  if (posted_) return;
  posted_ = true;
  executor_->post(*this);
}

// Sees to it that what has happened to entries is written in time. Returns whether somebody has to
// wake up for that.
bool DurableSchedule::note_changes() {
  if (storage_ == nullptr || posted_ || flush_at_ || !schedule_.has_changes()) return false;
  flush_at_ = clock_.steady() + config_.progress_lag;
  return true;
}

DurableSchedule::Batch DurableSchedule::take_batch() {
  Batch batch;
  schedule_.take_changes(batch.progress, config_.max_progress);
  std::set<std::pair<std::string, std::string>> names;
  while (!waiting_.empty() && batch.parts.size() < config_.max_batch) {
    const auto next = waiting_.begin();
    Operation& operation = next->second;
    // Two of the same name have to see each other's effect.
    if (operation.kind != Kind::kDelay && !names.emplace(operation.when, operation.tag).second) {
      break;
    }
    batch.parts.emplace_back(std::move(operation.answer), prepare(operation));
    waiting_.erase(next);
  }
  batch.changes = batch.progress;
  for (const Batch::Part& part : batch.parts) {
    if (!part.prepared) continue;
    batch.changes.insert(batch.changes.end(), part.prepared->changes.begin(),
                         part.prepared->changes.end());
  }
  return batch;
}

// Carries out what was written, or forgets it.
void DurableSchedule::settle(Batch& batch, const Result<void>& written) {
  if (!written) schedule_.return_changes(batch.progress);
  for (Batch::Part& part : batch.parts) {
    if (!part.prepared) continue;
    // What changes nothing needs no disk.
    if (written || part.prepared->changes.empty()) {
      schedule_.commit(*part.prepared, now());
      continue;
    }
    schedule_.cancel(*part.prepared);
    part.prepared = std::unexpected(written.error());
  }
}

Result<bool> DurableSchedule::write_batch() {
  Batch batch;
  {
    const std::lock_guard lock(mutex_);
    batch = take_batch();
  }
  const Result<void> written =
      batch.changes.empty() ? Result<void>() : storage_->write(batch.changes);
  bool more = false;
  {
    const std::lock_guard lock(mutex_);
    settle(batch, written);
    more = !waiting_.empty() || batch.progress.size() >= config_.max_progress;
  }
  for (Batch::Part& part : batch.parts) {
    part.answer(part.prepared ? Result<bool>(part.prepared->answer)
                              : std::unexpected(part.prepared.error()));
  }
  if (!written) return std::unexpected(written.error());
  return more;
}

void DurableSchedule::run() {
  const Result<bool> more = write_batch();
  {
    const std::lock_guard lock(mutex_);
    posted_ = false;
    // Others have their turn in between.
    if (!waiting_.empty() || more.value_or(false)) {
      post();
    } else if (schedule_.has_changes()) {
      flush_at_ = clock_.steady() + (more ? config_.progress_lag : config_.retry);
    }
  }
  if (!more) owner_.on_disk_error(more.error());
  owner_.on_sooner();
}

Result<void> DurableSchedule::flush() {
  if (storage_ == nullptr) return {};
  executor_->withdraw(*this);
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      posted_ = false;
      flush_at_.reset();
      if (waiting_.empty() && !schedule_.has_changes()) return {};
    }
    if (auto more = write_batch(); !more) return std::unexpected(std::move(more).error());
  }
}

}  // namespace hermes::ext::cron

// A schedule that survives: what an application was told is on the disk.
#pragma once

#include "base/blocking.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/sip_hash.hpp"
#include "runtime_extensions/cron/schedule.hpp"
#include "runtime_extensions/cron/store.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::ext::cron {

struct DurabilityConfig {
  /// Operations of one application that go into one transaction. Further ones wait for the next, so
  /// that applications take turns.
  std::size_t max_batch = 256;
  /// Entries whose progress goes into one transaction, at most.
  std::size_t max_progress = 4096;
  /// How long it takes at most until it is written which occurrences were handled. Many are written
  /// together.
  Duration progress_lag = std::chrono::milliseconds{50};
  /// How long after a disk error writing that is tried again.
  Duration retry = std::chrono::seconds{5};
};

/// The schedule of one application, with or without a disk behind it. Synchronised: any thread.
///
/// With a disk, an operation is carried out once its change is committed, and only then answered;
/// when it cannot be written nothing has changed. Several operations are committed together. Who
/// asks for one is an event's call that waits for the answer, so there are never more of them than
/// calls that may run. What has been handled is written some time later.
class DurableSchedule final : private BlockingTask {
 public:
  /// Who uses it. Functions are called without a lock, on any thread.
  class Owner {
   public:
    /// next_wake() may be sooner than it was.
    virtual void on_sooner() = 0;
    /// Progress could not be written. It will be tried again.
    virtual void on_disk_error(const Error& error) = 0;

   protected:
    ~Owner() = default;
  };

  /// Told the answer of an operation, once, on the calling or on the writing thread. Not told when
  /// the operation was taken back, or still waits when the schedule is destroyed.
  using Answer = std::move_only_function<void(Result<bool>)>;
  /// Names an operation that has not been answered.
  using Ticket = std::uint64_t;

  /// Nothing is stored until restore() is called. All outlive it. `secret`: see Schedule.
  DurableSchedule(const ScheduleLimits& limits, Recording recording, const Clock& clock,
                  Owner& owner, const DurabilityConfig& config = {}, const SipKey& secret = {});
  /// Calls are over. Without flush() before it, progress may be lost.
  ~DurableSchedule() override;

  /// Keeps entries in `storage` from now on, which holds `entries`. `executor` writes, and outlives
  /// the schedule. Before anything else.
  Result<void> restore(std::unique_ptr<Storage> storage, std::span<const StoredEntry> entries,
                       BlockingExecutor& executor);

  /// A number for an operation that may have to be taken back.
  Ticket new_ticket();
  // The operations, as in Schedule. The answer may come before these return.
  void add(Ticket ticket, std::string_view when, std::string_view tag, Retrigger retrigger,
           Answer answer);
  void delay(Ticket ticket, std::uint64_t nanoseconds, std::string_view tag, Answer answer);
  void rm(Ticket ticket, std::string_view when, std::string_view tag, Answer answer);
  /// Takes an operation back that nobody waits for any more. Without effect when it is being
  /// written or has been.
  void cancel(Ticket ticket);

  [[nodiscard]] std::vector<Listed> ls(std::optional<std::string_view> tag) const;
  /// The first `most` entries, that which fires next first.
  struct Upcoming {
    std::vector<Schedule::Row> rows;
    /// How many there are in all.
    std::size_t total = 0;
  };
  [[nodiscard]] Upcoming upcoming(std::size_t most) const;

  // For events, as in Schedule.
  void take_due(Due& due);
  [[nodiscard]] std::optional<SteadyTime> next_wake() const;
  std::optional<bool> begin(EntryId entry);
  void finished(const Occurrence& occurrence, bool keep);
  void abandon(const Occurrence& occurrence);
  void dropped(const Occurrence& occurrence, bool keep);

  /// Writes what is not written yet, on the calling thread, which may block. No call is under way
  /// any more. On error it is not written: occurrences that were handled are delivered again.
  Result<void> flush();

 private:
  enum class Kind : std::uint8_t { kAdd, kDelay, kRm };
  struct Operation {
    Kind kind = Kind::kAdd;
    std::string when{};
    std::string tag{};
    Retrigger retrigger = Retrigger::kNo;
    std::uint64_t nanoseconds = 0;
    // When it was asked for.
    Now asked{};
    Answer answer{};
  };
  // What is written together.
  struct Batch {
    struct Part {
      Answer answer;
      Result<Prepared> prepared;
    };
    std::vector<Part> parts{};
    std::vector<Change> progress{};
    std::vector<Change> changes{};
  };

  [[nodiscard]] Now now() const { return read(clock_); }
  void submit(Ticket ticket, Operation operation);
  // Under the lock.
  Result<Prepared> prepare(const Operation& operation);
  void post();
  bool note_changes();
  Batch take_batch();
  void settle(Batch& batch, const Result<void>& written);

  // BlockingTask
  void run() override;
  // Writes one batch. Returns whether there is more.
  Result<bool> write_batch();

  const Clock& clock_;
  Owner& owner_;
  const DurabilityConfig config_;
  std::unique_ptr<Storage> storage_;
  BlockingExecutor* executor_ = nullptr;

  mutable std::mutex mutex_;
  Schedule schedule_;
  Ticket last_ticket_ = 0;
  // By ticket, so in the order in which they were asked for.
  std::map<Ticket, Operation> waiting_;
  bool posted_ = false;
  // When progress has to be written; none: there is none, or it is on its way.
  std::optional<SteadyTime> flush_at_;
};

}  // namespace hermes::ext::cron

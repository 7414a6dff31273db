// A disk for tests of schedules, in memory.
#pragma once

#include "base/result.hpp"
#include "runtime_extensions/cron/entry.hpp"
#include "runtime_extensions/cron/store.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <variant>
#include <vector>

namespace hermes::ext::cron::testing {

/// What a disk keeps, in memory: the rows by id. Outlives the runs of the engine.
struct Disk {
  std::map<EntryId, StoredEntry> rows;
  /// How many changes each has had.
  std::vector<std::size_t> transactions;
  /// Nothing can be written.
  bool broken = false;
  /// Writes so many more transactions; from the next one on the process is dead.
  std::optional<std::uint64_t> dies_after;
  bool dead = false;

  [[nodiscard]] std::vector<StoredEntry> entries() const {
    std::vector<StoredEntry> result;
    for (const auto& row : rows) result.push_back(row.second);
    return result;
  }
};

/// Writes to a Disk, a transaction as a whole.
class DiskStorage final : public Storage {
 public:
  explicit DiskStorage(Disk& disk) : disk_(disk) {}
  Result<void> write(std::span<const Change> changes) override {
    if (disk_.broken || disk_.dead) return fail(ErrorCode::kLimit, "the disk is full");
    disk_.transactions.push_back(changes.size());
    for (const Change& change : changes) {
      if (const auto* insert = std::get_if<Insert>(&change)) {
        disk_.rows.emplace(insert->entry.id, insert->entry);
      } else if (const auto* flag = std::get_if<SetRetrigger>(&change)) {
        if (StoredEntry* row = find(flag->id)) row->retrigger = flag->retrigger;
      } else if (const auto* once = std::get_if<SetOnce>(&change)) {
        if (StoredEntry* row = find(once->id)) row->once_at = once->at;
      } else if (const auto* progress = std::get_if<SetProgress>(&change)) {
        if (StoredEntry* row = find(progress->id)) row->progress = progress->progress;
      } else if (const auto* gone = std::get_if<Erase>(&change)) {
        disk_.rows.erase(gone->id);
      }
    }
    // It is on the disk, and nobody will be told.
    if (disk_.dies_after && (*disk_.dies_after)-- == 0) disk_.dead = true;
    return {};
  }

 private:
  StoredEntry* find(EntryId id) {
    const auto found = disk_.rows.find(id);
    return found == disk_.rows.end() ? nullptr : &found->second;
  }
  Disk& disk_;
};

}  // namespace hermes::ext::cron::testing

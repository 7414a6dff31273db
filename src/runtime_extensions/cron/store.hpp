// Where the entries of one application are kept: a SQLite database.
#pragma once

#include "base/result.hpp"
#include "runtime_extensions/cron/entry.hpp"
#include "sqlite/database.hpp"

#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace hermes::ext::cron {

/// Takes changes for good. One thread at a time.
class Storage {
 public:
  virtual ~Storage() = default;

  /// All of `changes` or, on error, none. What was written survives the loss of power. Blocks.
  virtual Result<void> write(std::span<const Change> changes) = 0;
};

struct StoreOptions {
  /// Tests do not wait for the disk.
  sqlite::Durability durability = sqlite::Durability::kPowerLoss;
  /// Pages of 4 KiB that the file may have; 0: as many as there is room for. For tests.
  std::uint32_t max_pages = 0;
};

/// The name of the file in the application's part of the state directory.
inline constexpr const char* kStoreFile = "cron.sqlite";

/// The database. Its schema is at the top of store.cpp.
class Store final : public Storage {
 public:
  /// Opens `file`, or makes it; its folder is there. A file that is damaged, of something else, or
  /// of a newer version is refused, and left as it is.
  static Result<Store> open(const std::filesystem::path& file, const StoreOptions& options = {});

  /// The entries in the order of adding. Only reads; also beside a running engine, and after one
  /// that was killed.
  static Result<std::vector<StoredEntry>> read(const std::filesystem::path& file);

  Result<std::vector<StoredEntry>> load();
  Result<void> write(std::span<const Change> changes) override;

 private:
  struct Statements {
    sqlite::Statement insert;
    sqlite::Statement set_retrigger;
    sqlite::Statement set_once;
    sqlite::Statement set_progress;
    sqlite::Statement erase;
  };

  Store(sqlite::Database database, Statements statements)
      : database_(std::move(database)), statements_(std::move(statements)) {}
  static Result<std::vector<StoredEntry>> load(sqlite::Database& database);
  static Result<Statements> prepare(sqlite::Database& database);

  Result<void> write_one(const Insert& change);
  Result<void> write_one(const SetRetrigger& change);
  Result<void> write_one(const SetOnce& change);
  Result<void> write_one(const SetProgress& change);
  Result<void> write_one(const Erase& change);

  sqlite::Database database_;
  // After the database: gone before it.
  Statements statements_;
};

}  // namespace hermes::ext::cron

// A SQLite database, opened carefully.
#pragma once

#include "base/result.hpp"
#include "sqlite/statement.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

struct sqlite3;

namespace hermes::sqlite {

enum class Access : std::uint8_t {
  kReadOnly,
  /// The file is made when there is none.
  kReadWrite,
};

/// What a committed transaction survives.
enum class Durability : std::uint8_t {
  /// The end of the process, however it comes.
  kProcess,
  /// The loss of power as well. Each commit waits for the disk.
  kPowerLoss,
};

struct DatabaseOptions {
  Access access = Access::kReadWrite;
  /// How long to wait for a lock of another process.
  std::chrono::milliseconds busy_timeout{2000};
  /// Pages that the file may have; 0: as many as SQLite allows.
  std::uint32_t max_pages = 0;
};

/// One connection. Statements of it must be gone before it. One thread at a time; another one may
/// go on where one has stopped.
///
/// Defensive mode is on, the schema is not trusted, and extensions cannot be loaded.
class Database {
 public:
  /// Opens `file`, whose folder is there, and changes nothing in it yet. A link in its place is
  /// refused. The error names the file and the way out.
  static Result<Database> open(const std::filesystem::path& file, const DatabaseOptions& options);

  /// From now on it is written through a write-ahead log, beside which others can read.
  Result<void> use_write_ahead_log(Durability durability);

  /// Runs statements that have neither parameters nor a result that matters.
  Result<void> execute(const char* sql);
  Result<Statement> prepare(std::string_view sql);
  /// The one number that `sql` answers.
  Result<std::int64_t> query_integer(std::string_view sql);

  /// Reads the whole file and says what is damaged.
  Result<void> check();

  /// Changes nothing when a transaction is not open (an error may have ended it).
  void rollback() noexcept;

  [[nodiscard]] const std::filesystem::path& file() const { return context_->file; }
  /// An error about this database.
  [[nodiscard]] Error error(std::string_view what) const;

 private:
  Database() = default;
  Result<void> configure(const DatabaseOptions& options);

  // At a fixed address: statements refer to it.
  std::unique_ptr<Connection> context_;
};

/// A transaction that is rolled back unless it is committed. Nothing else uses the database
/// meanwhile.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  /// On success everything is as durable as the database promises; on error nothing has happened.
  Result<void> commit() &&;

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace hermes::sqlite

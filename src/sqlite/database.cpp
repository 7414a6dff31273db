#include "sqlite/database.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <utility>

namespace hermes::sqlite {

Result<Database> Database::open(const std::filesystem::path& file, const DatabaseOptions& options) {
  Database database;
  database.context_ = std::make_unique<Connection>();
  database.context_->file = file;
  const bool writes = options.access == Access::kReadWrite;
  int flags = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  // Whoever uses it sees to it that only one thread does; a link in place of the file is refused.
  flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_EXRESCODE;
  sqlite3* handle = nullptr;
  // SQLite refuses any link on the way with NOFOLLOW: the folder may be one, the file may not.
  std::error_code ignored;
  const std::filesystem::path folder = std::filesystem::canonical(file.parent_path(), ignored);
  const std::string path = (ignored ? file : folder / file.filename()).string();
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  database.context_->handle.reset(handle);
  if (code != SQLITE_OK) return std::unexpected(describe(*database.context_, code));
  if (auto done = database.configure(options); !done) {
    return std::unexpected(std::move(done).error());
  }
  return database;
}

Result<void> Database::configure(const DatabaseOptions& options) {
  sqlite3* handle = context_->handle.get();
  sqlite3_busy_timeout(handle, static_cast<int>(options.busy_timeout.count()));
  // These cannot fail on a connection that is open.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  if (auto done = execute("PRAGMA cell_size_check = ON"); !done) return done;
  if (options.max_pages == 0) return {};
  return execute(fmt::format("PRAGMA max_page_count = {}", options.max_pages).c_str());
}

Result<void> Database::use_write_ahead_log(Durability durability) {
  // The answer is the mode that is in force, so that a file system without shared memory shows.
  auto mode = prepare("PRAGMA journal_mode = WAL");
  if (!mode) return std::unexpected(std::move(mode).error());
  auto row = mode->step();
  if (!row) return std::unexpected(std::move(row).error());
  if (!*row || mode->text(0) != "wal") {
    return std::unexpected(
        error("its file system cannot hold a write-ahead log (network file systems cannot); "
              "use a folder on a local disk"));
  }
  mode->reset();
  const bool every_commit = durability == Durability::kPowerLoss;
  if (auto done = execute(every_commit ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = OFF");
      !done) {
    return done;
  }
  // What the log keeps on the disk after a checkpoint.
  return execute("PRAGMA journal_size_limit = 4194304");
}

Result<void> Database::execute(const char* sql) {
  const int code = sqlite3_exec(context_->handle.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(describe(*context_, code));
  return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* handle = nullptr;
  const int code =
      sqlite3_prepare_v3(context_->handle.get(), sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return std::unexpected(describe(*context_, code));
  return Statement(*context_, handle);
}

Result<std::int64_t> Database::query_integer(std::string_view sql) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(std::move(statement).error());
  auto row = statement->step();
  if (!row) return std::unexpected(std::move(row).error());
  return *row ? statement->integer(0) : 0;
}

Result<void> Database::check() {
  auto statement = prepare("PRAGMA quick_check(1)");
  if (!statement) return std::unexpected(std::move(statement).error());
  auto row = statement->step();
  if (!row) return std::unexpected(std::move(row).error());
  if (*row && statement->text(0) == "ok") return {};
  Error damaged = describe(*context_, SQLITE_CORRUPT);
  damaged.message += fmt::format(" ({})", printable(statement->text(0)));
  return std::unexpected(std::move(damaged));
}

void Database::rollback() noexcept {
  sqlite3* handle = context_->handle.get();
  if (sqlite3_get_autocommit(handle) != 0) return;
  sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr);
}

Error Database::error(std::string_view what) const {
  return {ErrorCode::kSystem, fmt::format("{}: {}", printable(context_->file.string()), what)};
}

Result<Transaction> Transaction::begin(Database& database) {
  // Immediate: whoever cannot write learns it here, not half-way.
  if (auto done = database.execute("BEGIN IMMEDIATE"); !done) {
    return std::unexpected(std::move(done).error());
  }
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ != nullptr) database_->rollback();
}

Result<void> Transaction::commit() && {
  // On error the destructor rolls back what is left of it.
  if (auto done = database_->execute("COMMIT"); !done) return done;
  database_ = nullptr;
  return {};
}

}  // namespace hermes::sqlite

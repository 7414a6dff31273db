#include "runtime_extensions/cron/store.hpp"

#include "sqlite/schema.hpp"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace hermes::ext::cron {

namespace {

// A row is an entry; see StoredEntry. Times are nanoseconds, minutes are minutes, both since
// 1970-01-01T00:00Z.
constexpr std::array<const char*, 1> kSteps = {
    R"(CREATE TABLE entry (
         id        INTEGER PRIMARY KEY,         -- in the order of adding
         "when"    TEXT    NOT NULL,            -- as the application knows it
         tag       TEXT    NOT NULL,
         retrigger INTEGER NOT NULL,            -- 0, 1
         once_at   INTEGER,                     -- time; NULL: whenever "when" matches
         done      INTEGER NOT NULL DEFAULT 0,  -- minute: no occurrence up to it is outstanding
         completed INTEGER,                     -- time of the last occurrence that was handled
         missed    INTEGER NOT NULL DEFAULT 0   -- occurrences that were left out
       ) STRICT)",
};

// "Cron" in ASCII.
constexpr std::int32_t kApplicationId = 0x43726f6e;

constexpr sqlite::Schema kSchema{kApplicationId, kSteps};

std::int64_t count(WallTime time) { return time.time_since_epoch().count(); }
std::int64_t count(Minute minute) { return minute.time_since_epoch().count(); }

WallTime to_time(std::int64_t nanoseconds) { return WallTime{Duration{nanoseconds}}; }

// Minutes that a calendar can bear, whatever is in the file.
constexpr std::int64_t kLastMinute = std::int64_t{kLastYear} * 366 * 24 * 60;

Result<StoredEntry> read_row(const sqlite::Statement& row, const sqlite::Database& database) {
  StoredEntry entry;
  entry.id = EntryId{static_cast<std::uint64_t>(row.integer(0))};
  entry.name = std::make_shared<EntryName>(std::string(row.text(1)), std::string(row.text(2)));
  entry.retrigger = row.integer(3) != 0 ? Retrigger::kYes : Retrigger::kNo;
  if (const auto once_at = row.optional_integer(4)) entry.once_at = to_time(*once_at);
  const std::int64_t done = row.integer(5);
  if (done < 0 || done > kLastMinute || row.integer(0) <= 0 ||
      (!entry.once_at && !Crontab::parse(entry.name->when))) {
    return std::unexpected(database.error(fmt::format(
        "row {} makes no sense; the file was left as it is: correct it with sqlite3, or "
        "move it away to begin with an empty schedule",
        row.integer(0))));
  }
  entry.progress.done = Minute{std::chrono::minutes{done}};
  if (const auto completed = row.optional_integer(6))
    entry.progress.completed = to_time(*completed);
  entry.progress.missed = static_cast<std::uint64_t>(row.integer(7));
  return entry;
}

}  // namespace

Result<Store> Store::open(const std::filesystem::path& file, const StoreOptions& options) {
  auto database = sqlite::Database::open(file, {.max_pages = options.max_pages});
  if (!database) return std::unexpected(std::move(database).error());
  if (auto done = sqlite::migrate(*database, kSchema, options.durability); !done) {
    return std::unexpected(std::move(done).error());
  }
  if (auto done = database->check(); !done) return std::unexpected(std::move(done).error());
  auto statements = prepare(*database);
  if (!statements) return std::unexpected(std::move(statements).error());
  return Store(std::move(*database), std::move(*statements));
}

Result<Store::Statements> Store::prepare(sqlite::Database& database) {
  std::optional<Error> failed;
  const auto statement = [&](std::string_view sql) {
    auto prepared = database.prepare(sql);
    if (!prepared && !failed) failed = prepared.error();
    return prepared;
  };
  auto insert = statement(
      R"(INSERT INTO entry (id, "when", tag, retrigger, once_at, done, completed, missed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8))");
  auto set_retrigger = statement("UPDATE entry SET retrigger = ?2 WHERE id = ?1");
  auto set_once = statement("UPDATE entry SET once_at = ?2, retrigger = 0 WHERE id = ?1");
  auto set_progress =
      statement("UPDATE entry SET done = ?2, completed = ?3, missed = ?4 WHERE id = ?1");
  auto erase = statement("DELETE FROM entry WHERE id = ?1");
  if (failed) return std::unexpected(std::move(*failed));
  return Statements{std::move(*insert), std::move(*set_retrigger), std::move(*set_once),
                    std::move(*set_progress), std::move(*erase)};
}

Result<std::vector<StoredEntry>> Store::read(const std::filesystem::path& file) {
  auto database = sqlite::Database::open(file, {.access = sqlite::Access::kReadOnly});
  if (!database) return std::unexpected(std::move(database).error());
  if (auto done = sqlite::check_version(*database, kSchema); !done) {
    return std::unexpected(std::move(done).error());
  }
  return load(*database);
}

Result<std::vector<StoredEntry>> Store::load() { return load(database_); }

Result<std::vector<StoredEntry>> Store::load(sqlite::Database& database) {
  auto rows = database.prepare(
      R"(SELECT id, "when", tag, retrigger, once_at, done, completed, missed
         FROM entry ORDER BY id)");
  if (!rows) return std::unexpected(std::move(rows).error());
  std::vector<StoredEntry> entries;
  for (;;) {
    auto row = rows->step();
    if (!row) return std::unexpected(std::move(row).error());
    if (!*row) return entries;
    auto entry = read_row(*rows, database);
    if (!entry) return std::unexpected(std::move(entry).error());
    entries.push_back(std::move(*entry));
  }
}

Result<void> Store::write(std::span<const Change> changes) {
  auto transaction = sqlite::Transaction::begin(database_);
  if (!transaction) return std::unexpected(std::move(transaction).error());
  for (const Change& change : changes) {
    auto done = std::visit([this](const auto& each) { return write_one(each); }, change);
    if (!done) return done;
  }
  return std::move(*transaction).commit();
}

Result<void> Store::write_one(const Insert& change) {
  const StoredEntry& entry = change.entry;
  std::optional<std::int64_t> once_at;
  if (entry.once_at) once_at = count(*entry.once_at);
  std::optional<std::int64_t> completed;
  if (entry.progress.completed) completed = count(*entry.progress.completed);
  return statements_.insert.bind(1, static_cast<std::int64_t>(entry.id.value()))
      .bind(2, entry.name->when)
      .bind(3, entry.name->tag)
      .bind(4, std::int64_t{entry.retrigger == Retrigger::kYes})
      .bind(5, once_at)
      .bind(6, count(entry.progress.done))
      .bind(7, completed)
      .bind(8, static_cast<std::int64_t>(entry.progress.missed))
      .run();
}

Result<void> Store::write_one(const SetRetrigger& change) {
  return statements_.set_retrigger.bind(1, static_cast<std::int64_t>(change.id.value()))
      .bind(2, std::int64_t{change.retrigger == Retrigger::kYes})
      .run();
}

Result<void> Store::write_one(const SetOnce& change) {
  return statements_.set_once.bind(1, static_cast<std::int64_t>(change.id.value()))
      .bind(2, count(change.at))
      .run();
}

Result<void> Store::write_one(const SetProgress& change) {
  std::optional<std::int64_t> completed;
  if (change.progress.completed) completed = count(*change.progress.completed);
  return statements_.set_progress.bind(1, static_cast<std::int64_t>(change.id.value()))
      .bind(2, count(change.progress.done))
      .bind(3, completed)
      .bind(4, static_cast<std::int64_t>(change.progress.missed))
      .run();
}

Result<void> Store::write_one(const Erase& change) {
  return statements_.erase.bind(1, static_cast<std::int64_t>(change.id.value())).run();
}

}  // namespace hermes::ext::cron

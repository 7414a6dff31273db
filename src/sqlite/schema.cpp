#include "sqlite/schema.hpp"

#include <fmt/format.h>

#include <utility>

namespace hermes::sqlite {

namespace {

// The version of a file that is ours or empty.
Result<std::size_t> version_of(Database& database, const Schema& schema) {
  auto id = database.query_integer("PRAGMA application_id");
  if (!id) return std::unexpected(std::move(id).error());
  auto version = database.query_integer("PRAGMA user_version");
  if (!version) return std::unexpected(std::move(version).error());
  auto tables = database.query_integer("SELECT count(*) FROM sqlite_schema");
  if (!tables) return std::unexpected(std::move(tables).error());
  const bool empty = *id == 0 && *version == 0 && *tables == 0;
  if (empty) return 0;
  if (*id != schema.application_id || *version < 1) {
    return std::unexpected(
        database.error("it is a database of something else, and was left as it is; move it away"));
  }
  if (static_cast<std::size_t>(*version) > schema.steps.size()) {
    return std::unexpected(database.error(
        fmt::format("it was written by a newer version of hermes (schema {}, known is {}), and was "
                    "left as it is; use that version, or move the file away to begin with an "
                    "empty one",
                    *version, schema.steps.size())));
  }
  return static_cast<std::size_t>(*version);
}

}  // namespace

Result<void> migrate(Database& database, const Schema& schema, Durability durability) {
  auto version = version_of(database, schema);
  if (!version) return std::unexpected(std::move(version).error());
  if (auto done = database.use_write_ahead_log(durability); !done) return done;
  if (*version == schema.steps.size()) return {};
  auto transaction = Transaction::begin(database);
  if (!transaction) return std::unexpected(std::move(transaction).error());
  for (const char* step : schema.steps.subspan(*version)) {
    if (auto done = database.execute(step); !done) return done;
  }
  const std::string mark = fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}",
                                       schema.application_id, schema.steps.size());
  if (auto done = database.execute(mark.c_str()); !done) return done;
  return std::move(*transaction).commit();
}

Result<void> check_version(Database& database, const Schema& schema) {
  auto version = version_of(database, schema);
  if (!version) return std::unexpected(std::move(version).error());
  if (*version == schema.steps.size()) return {};
  return std::unexpected(database.error(fmt::format(
      "it has schema {} where this version of hermes reads {}; start the engine with it once",
      *version, schema.steps.size())));
}

}  // namespace hermes::sqlite

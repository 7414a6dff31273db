// Schemas that have a version.
#pragma once

#include "base/result.hpp"
#include "sqlite/database.hpp"

#include <cstdint>
#include <span>

namespace hermes::sqlite {

/// What a database of ours looks like. Kept in the file: `application_id` says what it is, and
/// `user_version` is the number of steps that have been taken.
struct Schema {
  /// Not 0.
  std::int32_t application_id;
  /// The first makes an empty file one of version 1, the next one of version 2, and so on. A step
  /// that was released is never changed.
  std::span<const char* const> steps;
};

/// Brings `database` to the newest version, in one transaction: all steps, or none. It is written
/// through a write-ahead log from then on. Refused, and left as they are, are files of something
/// else, and of a newer version than this program knows.
Result<void> migrate(Database& database, const Schema& schema, Durability durability);

/// For readers: whether the file has exactly the version that this program knows. An empty file is
/// none.
Result<void> check_version(Database& database, const Schema& schema);

}  // namespace hermes::sqlite

#include "sqlite/statement.hpp"

#include "base/text.hpp"

#include <fmt/format.h>
#include <sqlite3.h>

#include <cstring>
#include <limits>
#include <string>

namespace hermes::sqlite {

namespace {

// What a person can do about it.
std::string_view way_out(int code) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return "the disk is full, or its quota, or the bound of the file is reached; free some "
             "space: "
             "nothing has to be restarted";
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return "this user must be allowed to read and write the file and its folder, on a disk that "
             "is mounted writable";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return "it is damaged, and was left as it is: put a copy of it back, or save what can be "
             "saved with `sqlite3 FILE .recover`, or move it away together with the files "
             "beside it that end in -wal and -shm, to begin with an empty one";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another program holds it locked; end that first";
    case SQLITE_IOERR:
      return "the disk failed; the log of the system may say more";
    default:
      return {};
  }
}

}  // namespace

void Connection::Closer::operator()(sqlite3* open) const noexcept { sqlite3_close_v2(open); }

Error describe(const Connection& connection, int code) {
  std::string text =
      fmt::format("{}: {}", printable(connection.file.string()), sqlite3_errstr(code));
  if (connection.handle != nullptr) {
    // More precise where it is about the same thing.
    const char* detail = sqlite3_errmsg(connection.handle.get());
    if (sqlite3_errcode(connection.handle.get()) == (code & 0xff) ||
        sqlite3_extended_errcode(connection.handle.get()) == code) {
      text = fmt::format("{}: {}", printable(connection.file.string()), printable(detail));
    }
    const int system = sqlite3_system_errno(connection.handle.get());
    const int primary = code & 0xff;
    if (system != 0 && (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN)) {
      text += fmt::format(" ({})", std::strerror(system));
    }
  }
  if (const std::string_view way = way_out(code); !way.empty()) text += fmt::format("; {}", way);
  return {(code & 0xff) == SQLITE_FULL ? ErrorCode::kLimit : ErrorCode::kSystem, std::move(text)};
}

void Statement::Finalizer::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

Statement& Statement::bind(int parameter, std::int64_t value) {
  note(sqlite3_bind_int64(handle_.get(), parameter, value));
  return *this;
}

Statement& Statement::bind(int parameter, std::optional<std::int64_t> value) {
  if (value) return bind(parameter, *value);
  note(sqlite3_bind_null(handle_.get(), parameter));
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  // A null pointer would mean NULL, not an empty text.
  const char* data = text.data() == nullptr ? "" : text.data();
  note(
      sqlite3_bind_text64(handle_.get(), parameter, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
  return *this;
}

Result<bool> Statement::step() {
  if (bind_error_ != 0) return std::unexpected(describe(*connection_, bind_error_));
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return std::unexpected(describe(*connection_, code));
}

Result<void> Statement::run() {
  for (;;) {
    auto row = step();
    if (row && *row) continue;
    reset();
    if (!row) return std::unexpected(std::move(row).error());
    return {};
  }
}

void Statement::reset() noexcept {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
  bind_error_ = 0;
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

std::optional<std::int64_t> Statement::optional_integer(int column) const {
  if (is_null(column)) return std::nullopt;
  return integer(column);
}

std::string_view Statement::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  if (data == nullptr) return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

}  // namespace hermes::sqlite

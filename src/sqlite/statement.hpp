// A prepared statement.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace hermes::sqlite {

/// What statements and errors need to know of their database.
struct Connection {
  struct Closer {
    void operator()(sqlite3* handle) const noexcept;
  };
  std::filesystem::path file;
  std::unique_ptr<sqlite3, Closer> handle;
};

/// The error that SQLite reports with `code`: the file, what is wrong, and the way out.
[[nodiscard]] Error describe(const Connection& connection, int code);

/// Parameters are numbered from 1, columns from 0, as in SQLite. What is bound must live until the
/// statement has been reset. Reset it after use: a statement under way keeps its transaction open.
class Statement {
 public:
  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, std::optional<std::int64_t> value);
  Statement& bind(int parameter, std::string_view text);

  /// true: a row is there. false: it has ended.
  Result<bool> step();
  /// step() to the end, then reset().
  Result<void> run();
  void reset() noexcept;

  // Of the row that step() has found. Text is there until the next step or reset.
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::optional<std::int64_t> optional_integer(int column) const;
  [[nodiscard]] std::string_view text(int column) const;

 private:
  friend class Database;
  struct Finalizer {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  Statement(const Connection& connection, sqlite3_stmt* handle)
      : connection_(&connection), handle_(handle) {}
  void note(int code) {
    if (bind_error_ == 0) bind_error_ = code;
  }

  const Connection* connection_;
  std::unique_ptr<sqlite3_stmt, Finalizer> handle_;
  // The first error of bind(), which step() reports.
  int bind_error_ = 0;
};

}  // namespace hermes::sqlite

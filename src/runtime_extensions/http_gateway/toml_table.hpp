// A table of a TOML file, read with errors that say where and what was expected. For config.cpp
// only: no header drags in the parser.
#pragma once

#include "base/result.hpp"

// The parser is compiled into this library, and reports errors as values.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::ext::http_gateway {

/// Parses a document; `file` is what errors call it.
Result<toml::table> parse_toml(std::string_view text, std::string_view file);

/// What is wrong with a document: of several errors, the one that stands first in it. Reading goes
/// on after an error, with what would be there if the key were not.
class TomlErrors {
 public:
  explicit TomlErrors(std::string file) : file_(std::move(file)) {}

  /// "file:line:column".
  [[nodiscard]] std::string place(const toml::source_region& where) const;
  /// Remembers `error`, with its place in front.
  void add(const toml::source_region& where, Error error);

  [[nodiscard]] const std::optional<Error>& first() const { return first_; }

 private:
  std::string file_;
  toml::source_position position_{};
  std::optional<Error> first_;
};

/// A table and what it is called. Borrows the document and the errors.
class TomlTable {
 public:
  /// `name` as people write it: "[server]"; empty: the document.
  TomlTable(const toml::table& table, std::string name, TomlErrors& errors)
      : table_(&table), name_(std::move(name)), errors_(&errors) {}

  [[nodiscard]] const std::string& name() const { return name_; }
  /// All keys, in the order of the alphabet.
  [[nodiscard]] std::vector<std::string> keys() const;
  /// Every key that is not one of `known` is an error, which names the nearest that is.
  void allow_only(std::initializer_list<std::string_view> known) const;

  // Nothing if the key is not there, or is of another type, which is an error.
  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  [[nodiscard]] std::optional<bool> flag(std::string_view key) const;
  [[nodiscard]] std::optional<std::int64_t> number(std::string_view key, std::int64_t least,
                                                   std::int64_t most) const;
  [[nodiscard]] std::optional<TomlTable> table(std::string_view key) const;
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  [[nodiscard]] std::vector<TomlTable> tables(std::string_view key) const;
  /// Text, number or flag, as text.
  [[nodiscard]] std::optional<std::string> scalar(std::string_view key) const;
  /// Like text(), but it is an error if the key is not there.
  [[nodiscard]] std::optional<std::string> required_text(std::string_view key) const;

  /// "file:line:column" of the key's value, or of the table if the key is not there.
  [[nodiscard]] std::string place(std::string_view key) const;
  /// An error about the key's value.
  void refuse(std::string_view key, Error error) const;
  void refuse(std::string_view key, std::string message) const;

 private:
  // The value if it has the type Value; else nothing, which is an error if there is another one.
  template <class Value>
  [[nodiscard]] const Value* find(std::string_view key, std::string_view expected) const;
  void refuse_type(const toml::node& found, std::string_view key, std::string_view expected) const;
  [[nodiscard]] const toml::source_region& where(std::string_view key) const;

  const toml::table* table_;
  std::string name_;
  TomlErrors* errors_;
};

}  // namespace hermes::ext::http_gateway

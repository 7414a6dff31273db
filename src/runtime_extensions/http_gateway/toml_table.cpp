#include "runtime_extensions/http_gateway/toml_table.hpp"

#include "runtime_extensions/http_gateway/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace hermes::ext::http_gateway {
namespace {

std::string_view type_name(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::table:
      return "a table";
    case toml::node_type::array:
      return "a list";
    case toml::node_type::string:
      return "a text";
    case toml::node_type::integer:
      return "a whole number";
    case toml::node_type::floating_point:
      return "a number with a point";
    case toml::node_type::boolean:
      return "true or false";
    case toml::node_type::date:
    case toml::node_type::time:
    case toml::node_type::date_time:
      return "a date or time";
    case toml::node_type::none:
      break;
  }
  return "nothing";
}

// Levenshtein's: how many characters have to be put in, left out or replaced.
std::size_t edit_distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
      diagonal = std::exchange(row[j], std::min({replaced, row[j] + 1, row[j - 1] + 1}));
    }
  }
  return row.back();
}

// What was probably meant, or all there is.
std::string suggestion(std::string_view key, std::initializer_list<std::string_view> known) {
  constexpr std::size_t kMaxCompared = 64;
  if (key.size() <= kMaxCompared) {
    const auto distance = [&](std::string_view each) { return edit_distance(key, each); };
    const std::string_view nearest = std::ranges::min(known, {}, distance);
    if (distance(nearest) <= std::max<std::size_t>(2, nearest.size() / 3)) {
      return fmt::format("did you mean {}?", nearest);
    }
  }
  return fmt::format("there are {}", fmt::join(known, ", "));
}

}  // namespace

Result<toml::table> parse_toml(std::string_view text, std::string_view file) {
  toml::parse_result parsed = toml::parse(text);
  if (parsed.failed()) {
    TomlErrors errors{std::string(file)};
    errors.add(parsed.error().source(),
               {ErrorCode::kInvalidArgument,
                fmt::format("this is not TOML: {}", printable(parsed.error().description()))});
    return std::unexpected(*errors.first());
  }
  return std::move(parsed).table();
}

std::string TomlErrors::place(const toml::source_region& where) const {
  return fmt::format("{}:{}:{}", file_, where.begin.line, where.begin.column);
}

void TomlErrors::add(const toml::source_region& where, Error error) {
  if (first_ && position_ <= where.begin) return;
  position_ = where.begin;
  first_ = std::move(error).with_context(place(where));
}

std::vector<std::string> TomlTable::keys() const {
  std::vector<std::string> result;
  for (const auto& [key, node] : *table_) result.emplace_back(key.str());
  return result;
}

void TomlTable::allow_only(std::initializer_list<std::string_view> known) const {
  for (const auto& [key, node] : *table_) {
    if (std::ranges::find(known, key.str()) != known.end()) continue;
    errors_->add(key.source(),
                 {ErrorCode::kInvalidArgument,
                  fmt::format("{} has no key {}; {}", name_.empty() ? "the file" : name_,
                              shown(key.str()), suggestion(key.str(), known))});
  }
}

template <class Value>
const Value* TomlTable::find(std::string_view key, std::string_view expected) const {
  const toml::node* node = table_->get(key);
  if (node == nullptr) return nullptr;
  const Value* value = node->as<Value>();
  if (value == nullptr) refuse_type(*node, key, expected);
  return value;
}

std::optional<std::string> TomlTable::text(std::string_view key) const {
  const auto* value = find<toml::value<std::string>>(key, "a text in quotation marks");
  return value == nullptr ? std::nullopt : std::optional(value->get());
}

std::optional<bool> TomlTable::flag(std::string_view key) const {
  const auto* value = find<toml::value<bool>>(key, "true or false");
  return value == nullptr ? std::nullopt : std::optional(value->get());
}

std::optional<std::int64_t> TomlTable::number(std::string_view key, std::int64_t least,
                                              std::int64_t most) const {
  const std::string expected = fmt::format("a whole number from {} to {}", least, most);
  const auto* value = find<toml::value<std::int64_t>>(key, expected);
  if (value == nullptr) return std::nullopt;
  if (value->get() >= least && value->get() <= most) return value->get();
  refuse(key, fmt::format("{} must be {}, not {}", key, expected, value->get()));
  return std::nullopt;
}

std::optional<TomlTable> TomlTable::table(std::string_view key) const {
  const std::string name = name_.empty()
                               ? fmt::format("[{}]", key)
                               : fmt::format("{}.{}]", name_.substr(0, name_.size() - 1), key);
  const auto* value = find<toml::table>(key, "a table, " + name);
  if (value == nullptr) return std::nullopt;
  return TomlTable(*value, name, *errors_);
}

std::vector<std::string> TomlTable::texts(std::string_view key) const {
  constexpr std::string_view kExpected = "a list of texts, as in [\"...\", \"...\"]";
  std::vector<std::string> result;
  const auto* list = find<toml::array>(key, kExpected);
  if (list == nullptr) return result;
  for (const toml::node& each : *list) {
    if (const auto* text = each.as_string()) {
      result.push_back(text->get());
    } else {
      refuse_type(each, key, kExpected);
    }
  }
  return result;
}

std::vector<TomlTable> TomlTable::tables(std::string_view key) const {
  // "[applications.shop]" has "[[applications.shop.auth]]".
  const std::string name = fmt::format("[{}.{}]]", name_.substr(0, name_.size() - 1), key);
  const std::string expected = "a list of tables, " + name;
  std::vector<TomlTable> result;
  const auto* list = find<toml::array>(key, expected);
  if (list == nullptr) return result;
  for (const toml::node& each : *list) {
    if (const auto* table = each.as_table()) {
      result.emplace_back(*table, name, *errors_);
    } else {
      refuse_type(each, key, expected);
    }
  }
  return result;
}

std::optional<std::string> TomlTable::scalar(std::string_view key) const {
  const toml::node* node = table_->get(key);
  if (node == nullptr) return std::nullopt;
  if (const auto* text = node->as_string()) return text->get();
  if (const auto* number = node->as_integer()) return std::to_string(number->get());
  if (const auto* flag = node->as_boolean()) return flag->get() ? "true" : "false";
  refuse_type(*node, key, "a whole number, a text in quotation marks, true or false");
  return std::nullopt;
}

std::optional<std::string> TomlTable::required_text(std::string_view key) const {
  if (!table_->contains(key)) {
    refuse(key, fmt::format("{} needs the key {}, a text in quotation marks", name_, key));
  }
  return text(key);
}

std::string TomlTable::place(std::string_view key) const { return errors_->place(where(key)); }

void TomlTable::refuse(std::string_view key, Error error) const {
  errors_->add(where(key), std::move(error));
}

void TomlTable::refuse(std::string_view key, std::string message) const {
  refuse(key, Error{ErrorCode::kInvalidArgument, std::move(message)});
}

void TomlTable::refuse_type(const toml::node& found, std::string_view key,
                            std::string_view expected) const {
  errors_->add(found.source(),
               {ErrorCode::kInvalidArgument,
                fmt::format("{} must be {}; this is {}", key, expected, type_name(found))});
}

const toml::source_region& TomlTable::where(std::string_view key) const {
  const toml::node* node = table_->get(key);
  return node == nullptr ? table_->source() : node->source();
}

}  // namespace hermes::ext::http_gateway

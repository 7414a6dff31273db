#include "runtime_extensions/logging/json_data.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <cstddef>
#include <utility>

namespace hermes::ext::logging {

namespace {

namespace json = boost::json;

// Accepts everything and keeps nothing: for checking syntax without building a value.
struct NoValue {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  using Error = json::error_code;
  bool on_document_begin(Error&) { return true; }
  bool on_document_end(Error&) { return true; }
  bool on_object_begin(Error&) { return true; }
  bool on_object_end(std::size_t, Error&) { return true; }
  bool on_array_begin(Error&) { return true; }
  bool on_array_end(std::size_t, Error&) { return true; }
  bool on_key_part(json::string_view, std::size_t, Error&) { return true; }
  bool on_key(json::string_view, std::size_t, Error&) { return true; }
  bool on_string_part(json::string_view, std::size_t, Error&) { return true; }
  bool on_string(json::string_view, std::size_t, Error&) { return true; }
  bool on_number_part(json::string_view, Error&) { return true; }
  bool on_int64(std::int64_t, json::string_view, Error&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, Error&) { return true; }
  bool on_double(double, json::string_view, Error&) { return true; }
  bool on_bool(bool, Error&) { return true; }
  bool on_null(Error&) { return true; }
  bool on_comment_part(json::string_view, Error&) { return true; }
  bool on_comment(json::string_view, Error&) { return true; }
};

json::parse_options options() {
  json::parse_options result;
  result.max_depth = kMaxJsonDepth;
  return result;
}

bool is_json(std::string_view text) {
  json::basic_parser<NoValue> parser(options());
  json::error_code error;
  const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
  if (error) return false;
  return text.find_first_not_of(" \t\r\n", read) == std::string_view::npos;
}

// Valid JSON without the blanks between its parts, so that it fits on a line; every token stays as
// it was written.
std::string compact(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  bool in_string = false;
  for (std::size_t index = 0; index < text.size(); ++index) {
    const char c = text[index];
    if (in_string) {
      result += c;
      if (c == '\\') {
        result += text[++index];
      } else if (c == '"') {
        in_string = false;
      }
    } else if (c != ' ' && c != '\t' && c != '\r' && c != '\n') {
      result += c;
      in_string = c == '"';
    }
  }
  return result;
}

// Takes the member `bt` out of `value` if it is a list of strings.
bool take_backtrace(json::value& value, std::vector<std::string>& backtrace) {
  json::object* object = value.if_object();
  if (object == nullptr) return false;
  const auto found = object->find("bt");
  if (found == object->end() || !found->value().is_array()) return false;
  for (const json::value& frame : found->value().get_array()) {
    if (!frame.is_string()) {
      backtrace.clear();
      return false;
    }
    const json::string& text = frame.get_string();
    backtrace.emplace_back(text.data(), text.size());
  }
  object->erase(found);
  return true;
}

}  // namespace

std::optional<JsonData> read_json_data(std::string_view text) {
  if (!is_json(text)) return std::nullopt;
  JsonData data;
  // Only what looks like a backtrace is worth building a value for.
  if (text.find("\"bt\"") != std::string_view::npos) {
    json::error_code error;
    json::value value =
        json::parse(json::string_view(text.data(), text.size()), error, {}, options());
    if (!error && take_backtrace(value, data.backtrace)) {
      if (!value.get_object().empty()) data.text = json::serialize(value);
      return data;
    }
  }
  data.text = compact(text);
  return data;
}

}  // namespace hermes::ext::logging

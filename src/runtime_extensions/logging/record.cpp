#include "runtime_extensions/logging/record.hpp"

#include "runtime_extensions/logging/json_data.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace hermes::ext::logging {

namespace {

// At most `bytes` of valid UTF-8: does not end inside of a character.
std::string_view cut(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  const auto continues = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };
  while (bytes > 0 && continues(text[bytes])) --bytes;
  return text.substr(0, bytes);
}

}  // namespace

std::uint64_t bytes_of(const Record& record) {
  std::uint64_t bytes = record.message.size();
  for (const auto& text : {record.file, record.function, record.context, record.data}) {
    if (text) bytes += text->size();
  }
  return bytes;
}

void write(Log& log, const LogScope& scope, const Record& record, const Config& config) {
  if (!log.enabled(record.level)) return;
  std::vector<LogField> fields;
  fields.reserve(10);
  std::string cuts;
  const auto bounded = [&](std::string_view name, std::string_view text, std::size_t bound) {
    if (text.size() > bound) {
      cuts += fmt::format("{}{} of {} bytes", cuts.empty() ? "" : ", ", name, text.size());
    }
    return cut(text, bound);
  };
  const std::string_view message = bounded("message", record.message, config.max_message_bytes);
  if (record.context) {
    fields.push_back({"ctx", bounded("ctx", *record.context, config.max_text_bytes)});
  }
  std::string at;
  if (config.location == SourceLocation::kFields) {
    if (record.file) {
      fields.push_back({"file", bounded("file", *record.file, config.max_text_bytes)});
    }
    if (record.line) fields.push_back({"line", std::uint64_t{*record.line}});
    if (record.column) fields.push_back({"col", std::uint64_t{*record.column}});
    if (record.function) {
      fields.push_back({"function", bounded("function", *record.function, config.max_text_bytes)});
    }
  } else if (record.level != LogLevel::kInfo && record.file) {
    at = bounded("file", *record.file, config.max_text_bytes);
    if (record.line) at += fmt::format(":{}", *record.line);
    fields.push_back({"at", at});
  }

  std::optional<JsonData> json;
  if (record.data) {
    // What is cut is no JSON any more, and what is too long is not worth parsing.
    if (record.data->size() <= config.max_data_bytes) json = read_json_data(*record.data);
    if (json && !json->text.empty()) fields.push_back({"data", RawJson{json->text}});
    if (!json) {
      fields.push_back({"data", bounded("data", *record.data, config.max_data_bytes)});
      fields.push_back({"warning", record.data->size() > config.max_data_bytes
                                       ? std::string_view("data is too long")
                                       : "data is not valid JSON"});
    }
  }
  if (!cuts.empty()) fields.push_back({"cut", cuts});
  LogEntry entry{.level = record.level, .message = message, .scope = scope, .fields = fields};
  if (json) entry.backtrace = json->backtrace;
  log.write(entry);
}

}  // namespace hermes::ext::logging

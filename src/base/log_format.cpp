#include "base/log_format.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <iterator>

namespace hermes {
namespace {

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kDim = "\x1b[2m";

std::string_view colour_of(LogLevel level) {
  switch (level) {
    case LogLevel::kTrace:
    case LogLevel::kDebug:
      return "\x1b[36m";
    case LogLevel::kInfo:
      return "\x1b[32m";
    case LogLevel::kWarn:
      return "\x1b[33m";
    case LogLevel::kError:
      return "\x1b[31m";
    case LogLevel::kFatal:
      return "\x1b[1;31m";
  }
  return "";
}

template <class... Parts>
struct Overloaded : Parts... {
  using Parts::operator()...;
};

void append_json_value(std::string& out, const decltype(LogField::value)& value) {
  auto sink = std::back_inserter(out);
  std::visit(Overloaded{
                 [&](std::string_view text) { append_json_string(out, text); },
                 [&](std::int64_t number) { fmt::format_to(sink, "{}", number); },
                 [&](std::uint64_t number) { fmt::format_to(sink, "{}", number); },
                 [&](double number) {
                   // JSON has neither infinities nor NaN.
                   if (std::isfinite(number)) {
                     fmt::format_to(sink, "{}", number);
                   } else {
                     out += "null";
                   }
                 },
                 [&](bool truth) { out += truth ? "true" : "false"; },
                 [&](const RawJson& json) { out += json.text; },
             },
             value);
}

/// A text without blanks, quotes and the like stays as it is; any other is quoted.
void append_human_text(std::string& out, std::string_view text) {
  const bool bare = !text.empty() && text.find_first_of(" \"=\t\n") == std::string_view::npos;
  if (bare) {
    append_printable(out, text);
    return;
  }
  out += '"';
  append_printable(out, text);
  out += '"';
}

void append_human_value(std::string& out, const decltype(LogField::value)& value) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    append_human_text(out, *text);
  } else if (const auto* json = std::get_if<RawJson>(&value)) {
    append_printable(out, json->text);
  } else {
    append_json_value(out, value);
  }
}

void append_scope(std::string& out, const LogScope& scope) {
  append_printable(out, scope.application);
  if (!scope.module.empty()) {
    if (!scope.application.empty()) out += '/';
    append_printable(out, scope.module);
  }
  if (!scope.event.empty()) {
    if (!scope.application.empty() || !scope.module.empty()) out += ' ';
    append_printable(out, scope.event);
  }
  if (scope.counter) fmt::format_to(std::back_inserter(out), "#{}", *scope.counter);
}

void append_backtrace(std::string& out, std::span<const std::string> backtrace) {
  for (const std::string& frame : backtrace) {
    std::string_view rest = frame;
    std::string_view prefix = "    at ";
    while (!rest.empty()) {
      const std::size_t end = rest.find('\n');
      out += prefix;
      append_printable(out, rest.substr(0, end));
      out += '\n';
      if (end == std::string_view::npos) break;
      rest.remove_prefix(end + 1);
      prefix = "       ";
    }
  }
}

void append_json_member(std::string& out, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  out += ",\"";
  out += key;
  out += "\":";
  append_json_string(out, text);
}

}  // namespace

void append_json_line(std::string& out, const LogEntry& entry, WallTime time) {
  using namespace std::chrono;
  const auto day = floor<days>(time);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<microseconds>(time - day)};
  fmt::format_to(std::back_inserter(out),
                 R"({{"time":"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z","level":"{}","message":)",
                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                 static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                 clock.seconds().count(), clock.subseconds().count(), to_string(entry.level));
  append_json_string(out, entry.message);
  append_json_member(out, "application", entry.scope.application);
  append_json_member(out, "module", entry.scope.module);
  append_json_member(out, "event", entry.scope.event);
  if (entry.scope.counter) {
    fmt::format_to(std::back_inserter(out), ",\"counter\":{}", *entry.scope.counter);
  }
  for (const LogField& field : entry.fields) {
    out += ',';
    append_json_string(out, field.key);
    out += ':';
    append_json_value(out, field.value);
  }
  if (!entry.backtrace.empty()) {
    out += ",\"backtrace\":[";
    for (std::size_t i = 0; i < entry.backtrace.size(); ++i) {
      if (i > 0) out += ',';
      append_json_string(out, entry.backtrace[i]);
    }
    out += ']';
  }
  out += "}\n";
}

void append_human_line(std::string& out, const LogEntry& entry, WallTime time, bool colour) {
  using namespace std::chrono;
  const auto paint = [&](std::string_view code) {
    if (colour) out += code;
  };
  const hh_mm_ss clock{floor<milliseconds>(time - floor<days>(time))};
  paint(kDim);
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}.{:03}", clock.hours().count(),
                 clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
  paint(kReset);
  out += ' ';
  paint(colour_of(entry.level));
  fmt::format_to(std::back_inserter(out), "{:<5}", to_string(entry.level));
  paint(kReset);
  out += ' ';
  const LogScope& scope = entry.scope;
  if (!scope.application.empty() || !scope.module.empty() || !scope.event.empty() ||
      scope.counter) {
    paint(kDim);
    append_scope(out, scope);
    paint(kReset);
    out += "  ";
  }
  append_printable(out, entry.message);
  for (const LogField& field : entry.fields) {
    out += "  ";
    paint(kDim);
    append_printable(out, field.key);
    out += '=';
    paint(kReset);
    append_human_value(out, field.value);
  }
  out += '\n';
  append_backtrace(out, entry.backtrace);
}

}  // namespace hermes

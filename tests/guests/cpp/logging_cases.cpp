// hermes:logging cannot fail; these cases show that nothing a component may write ends its call.

#include "cases.hpp"
#include "hermes/logging.hpp"

#include <cstdio>
#include <string>

namespace everything {
namespace {

namespace log = hermes::log;

bool all_levels_and_fields() {
  for (const log::Level level : {log::Level::trace, log::Level::debug, log::Level::info,
                                 log::Level::warn, log::Level::error}) {
    log::write(level, "nothing but text");
  }
  log::write(log::Level::info, "all fields",
             {.file = "logging_cases.cpp",
              .function = "all_levels_and_fields",
              .line = 23,
              .col = 14,
              .ctx = "context",
              .data = R"({"answer": 42, "list": [1, 2, 3], "nothing": null})"});
  log::write(log::Level::info, "some fields", {.line = 0, .ctx = ""});
  return true;
}

bool odd_text() {
  for (const std::string_view text :
       {"", "Grüße, 世界 🌍", "\x1b[31mnot red\x1b[0m\a", "one line\nanother line\r\n", "\t\v\f"}) {
    log::write(log::Level::info, text, {.ctx = text});
  }
  log::write(log::Level::info, std::string_view("a\0b", 3));
  log::write(log::Level::info, std::string(100'000, 'x'));
  return true;
}

bool odd_data() {
  for (const std::string_view data :
       {"", "{", "not JSON", "null", "42", "\"text\"", "[[[[[[]]]]]]", "{\"a\": 1, \"a\": 2}",
        R"({"bt": ["newest frame\nwith a second line", "oldest frame"]})", R"({"bt": 7})"}) {
    log::write(log::Level::info, "odd data", {.data = data});
  }
  log::write(log::Level::info, "deep data", {.data = std::string(10'000, '[')});
  return true;
}

bool standard_streams() {
  bool held = expect(std::printf("standard output, 世界\n") > 0, "printf");
  held &= expect(std::fprintf(stderr, "standard error\n") > 0, "fprintf(stderr)");
  held &= expect(std::printf("two lines\nin one call\n") > 0, "printf of two lines");
  held &= expect(std::printf("without an end") > 0, "printf of an unfinished line");
  return held & expect(std::fflush(nullptr) == 0, "fflush");
}

constexpr Case kCases[] = {
    {"logging: all levels and fields", all_levels_and_fields},
    {"logging: odd text", odd_text},
    {"logging: odd data", odd_data},
    {"standard output and standard error", standard_streams},
};

}  // namespace

std::span<const Case> logging_cases() { return kCases; }

}  // namespace everything

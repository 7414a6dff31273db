// everything-cpp: handles every event and calls every function that the engine provides.
// What its events do is the same in C++, Rust and JavaScript; see ../README.md.

#include "cases.hpp"
#include "hermes/cron.hpp"
#include "hermes/logging.hpp"
#include "hermes/on_cron.hpp"
#include "hermes/on_init.hpp"
#include "hermes/on_test.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace {

using hermes::cron::Retrigger;

constexpr std::chrono::milliseconds kPause{1};
constexpr int kLastTick = 3;
constexpr std::uint32_t kListsInABenchmark = 1000;

int calls = 0;

std::optional<int> number_after(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool schedule_tick(int number) {
  return hermes::cron::delay(kPause, "cpp tick " + std::to_string(number));
}

// Two functions of their own, so that a backtrace has names to show.
[[gnu::noinline]] void fail_deliberately(int depth) {
  if (depth == 0) __builtin_trap();
  std::printf("failing in %d\n", depth);
  fail_deliberately(depth - 1);
}

[[gnu::noinline]] void lead_into_failure() {
  fail_deliberately(2);
  std::puts("not reached");
}

}  // namespace

bool everything::expect(bool held, std::string_view promise) {
  if (!held) hermes::log::error("not as promised: " + std::string(promise));
  return held;
}

bool hermes::on_init() {
  log::write(log::Level::info, "everything-cpp: init",
             {.ctx = "init", .data = R"({"language": "C++"})"});
  return cron::add({"* * * * *", "cpp minute"}, Retrigger::yes) && schedule_tick(1);
}

bool hermes::on_cron(cron::Entry entry, bool last) {
  ++calls;
  const std::string tag(entry.tag);
  log::write(log::Level::info, "everything-cpp: on-cron " + tag,
             {.ctx = entry.when,
              .data = "{\"last\": " + std::string(last ? "true" : "false") +
                      ", \"calls\": " + std::to_string(calls) + "}"});
  std::printf("everything-cpp: %s\n", tag.c_str());
  std::fprintf(stderr, "everything-cpp: %s, on standard error\n", tag.c_str());

  if (const auto tick = number_after(tag, "cpp tick ")) {
    return *tick >= kLastTick || schedule_tick(*tick + 1);
  }
  if (const auto status = number_after(tag, "cpp done ")) {
    hermes_init_api_done(static_cast<std::uint8_t>(*status));
  }
  if (tag == "cpp panic") lead_into_failure();
  return tag != "cpp stop";
}

std::optional<hermes::TestResult> hermes::on_test(std::uint32_t number, bool run) {
  for (const auto cases :
       {everything::instance_cases(), everything::cron_cases(), everything::logging_cases()}) {
    if (number < cases.size()) {
      return TestResult{.name = cases[number].name, .passed = run && cases[number].run()};
    }
    number -= static_cast<std::uint32_t>(cases.size());
  }
  return std::nullopt;
}

std::optional<hermes::TestResult> hermes::on_bench(std::uint32_t number, bool run) {
  if (number > 0) return std::nullopt;
  std::uint32_t listed = 0;
  while (run && listed < kListsInABenchmark) {
    if (!cron::ls("benchmark").empty()) break;
    ++listed;
  }
  return TestResult{.name = "cron: a thousand lists", .passed = listed == kListsInABenchmark};
}

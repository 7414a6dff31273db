// A component that ticks: the first thing to read when you want to write one of your own.
//
// A component never runs on its own. The engine calls it when something happens, each time in a
// fresh instance: there is no main function, no thread, and no variable that survives a call. This
// one handles three events. `init` comes once and sets up a schedule; `on-cron` comes each time an
// entry of that schedule is due, and schedules the next heartbeat; `reply` comes with each HTTP
// request below /api, and tells what has ticked so far.

#include "hermes/cron.hpp"
#include "hermes/logging.hpp"
#include "hermes/on_cron.hpp"
#include "hermes/on_init.hpp"
#include "hermes/on_reply.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace {

using hermes::cron::at;
using hermes::cron::range;
using hermes::cron::Retrigger;

constexpr std::chrono::seconds kInterval{1};
// After a minute and a bit everything that is scheduled here has been seen at least once.
constexpr int kLastBeat = 70;
constexpr std::string_view kBeatPrefix = "beat ";

// What has to be known later is kept in a file, in a directory that the engine lends the
// application (`--dir`). Without one there is nothing to show, and the ticks go on all the same.
constexpr const char* kTicksFile = "/data/ticks";
constexpr std::size_t kTicksShown = 20;

// Every call sees this at zero, because every call has an instance of its own.
int calls_in_this_instance = 0;

// Since no variable survives, the number of the next heartbeat travels in the tag of its event.
std::optional<int> beat_number(std::string_view tag) {
  if (!tag.starts_with(kBeatPrefix)) return std::nullopt;
  tag.remove_prefix(kBeatPrefix.size());
  int number = 0;
  const auto [end, error] = std::from_chars(tag.data(), tag.data() + tag.size(), number);
  if (error != std::errc{} || end != tag.data() + tag.size()) return std::nullopt;
  return number;
}

bool schedule_beat(int number) {
  return hermes::cron::delay(kInterval, std::string(kBeatPrefix) + std::to_string(number));
}

void note_tick(std::string_view tag) {
  std::FILE* file = std::fopen(kTicksFile, "a");
  if (file == nullptr) return;
  std::fprintf(file, "%lld %.*s\n", static_cast<long long>(std::time(nullptr)),
               static_cast<int>(tag.size()), tag.data());
  std::fclose(file);
}

// {"ticks": [{"time": 1700000000, "tag": "beat 1"}, ...]}, the last ones. The tags are those that
// on_init and on_cron choose, and have nothing in them that JSON would have to escape.
std::string last_ticks() {
  std::deque<std::string> ticks;
  if (std::FILE* file = std::fopen(kTicksFile, "r")) {
    char line[256];
    while (std::fgets(line, sizeof line, file) != nullptr) {
      const std::string_view text(line);
      const std::size_t space = text.find(' ');
      const std::size_t end = text.find('\n');
      if (space == std::string_view::npos || end == std::string_view::npos) continue;
      ticks.push_back("{\"time\": " + std::string(text.substr(0, space)) + ", \"tag\": \"" +
                      std::string(text.substr(space + 1, end - space - 1)) + "\"}");
      if (ticks.size() > kTicksShown) ticks.pop_front();
    }
    std::fclose(file);
  }
  std::string json = "{\"ticks\": [";
  for (const std::string& tick : ticks) json += (json.back() == '[' ? "" : ", ") + tick;
  return json + "]}\n";
}

}  // namespace

// Once, when the application is loaded. Answering false would keep it from starting.
bool hermes::on_init() {
  log::info("Hello! I am a component written in C++, and I have just been loaded.");

  // Text is fine for a schedule, and mkcron writes it when the parts come from somewhere else.
  const std::string working_days =
      cron::mkcron({.minute = {at(0), at(30)}, .hour = {at(8)}, .dow = {range(1, 5)}});

  if (!cron::add({.when = "* * * * *", .tag = "every minute"}, Retrigger::yes) ||
      !cron::add({.when = working_days, .tag = "working days"}, Retrigger::yes) ||
      !schedule_beat(1)) {
    log::error("The schedule was refused.");
    return false;
  }

  for (const cron::Scheduled& entry : cron::ls()) {
    log::info("Scheduled: \"" + entry.tag + "\" at \"" + entry.when + "\"" +
              (entry.retrigger == Retrigger::yes ? ", again and again" : ", once"));
  }
  return true;
}

// Each time an entry is due.
bool hermes::on_cron(cron::Entry entry, bool last) {
  ++calls_in_this_instance;
  // Fields beside the text are JSON. This one is 1 every time: nobody has called this instance
  // before.
  log::info("Tick: \"" + std::string(entry.tag) + "\" at \"" + std::string(entry.when) + "\"" +
                (last ? ", for the last time" : ""),
            "{\"calls\": " + std::to_string(calls_in_this_instance) + "}");

  note_tick(entry.tag);

  const std::optional<int> beat = beat_number(entry.tag);
  if (!beat) return true;  // an entry of the crontab: keep it

  // What a component prints is logged as well.
  std::printf("heartbeat number %d\n", *beat);

  if (*beat < kLastBeat) return schedule_beat(*beat + 1);
  log::info("That is enough to see. Ending the run with success.");
  hermes_init_api_done(0);
  return true;
}

// Each time somebody asks for something below /api.
std::optional<hermes::http::Answer> hermes::on_reply(const http::Request& request) {
  // Nothing: other modules of the application may know it; else the engine answers 404.
  if (request.path() != "/api/ticks") return std::nullopt;
  if (request.method() != "GET") {
    return http::Response{.status = 405, .body = "use GET\n", .headers = {{"allow", "GET"}}};
  }
  return http::Response{
      .body = last_ticks(),
      .headers = {{"content-type", "application/json"}, {"cache-control", "no-store"}}};
}

// A component that ticks: the first thing to read when you want to write one of your own.
//
// A component never runs on its own. The engine calls it when something happens, each time in a
// fresh instance: there is no main function, no thread, and no variable that survives a call. This
// one handles two events. `init` comes once and sets up a schedule; `on-cron` comes each time an
// entry of that schedule is due, and schedules the next heartbeat.

#include "hermes/cron.hpp"
#include "hermes/logging.hpp"
#include "hermes/on_cron.hpp"
#include "hermes/on_init.hpp"

#include <charconv>
#include <chrono>
#include <cstdio>
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

  const std::optional<int> beat = beat_number(entry.tag);
  if (!beat) return true;  // an entry of the crontab: keep it

  // What a component prints is logged as well.
  std::printf("heartbeat number %d\n", *beat);

  if (*beat < kLastBeat) return schedule_beat(*beat + 1);
  log::info("That is enough to see. Ending the run with success.");
  hermes_init_api_done(0);
  return true;
}

// Adds, removes and fires all the time, so that an engine can be killed in the middle of it. Each
// step adds a mark, removes the one of three steps ago, delays two events of one tag, and then the
// next step: one after the other, so whoever finds the schedule at any moment knows what has to be
// there. Each operation is logged after it was answered.
#include "hermes/cron.hpp"
#include "hermes/logging.hpp"
#include "hermes/on_cron.hpp"
#include "hermes/on_init.hpp"

#include <charconv>
#include <chrono>
#include <string>
#include <string_view>

namespace {

using hermes::cron::Retrigger;

constexpr std::string_view kNever = "0 0 1 1 *";
constexpr std::string_view kStep = "step ";
constexpr int kMarks = 3;

std::string mark(int number) { return "mark " + std::to_string(number); }

bool log_answer(bool answer, const std::string& what) {
  if (answer) hermes::log::info(what);
  return answer;
}

bool schedule_step(int number) {
  const std::string tag = std::string(kStep) + std::to_string(number);
  // After a crash the step before comes again.
  if (!hermes::cron::ls(tag).empty()) return true;
  return log_answer(hermes::cron::delay(std::chrono::milliseconds{1}, tag), "scheduled " + tag);
}

}  // namespace

bool hermes::on_init() {
  for (const cron::Scheduled& entry : cron::ls()) {
    if (entry.tag.starts_with(kStep)) return true;
  }
  return cron::add({.when = kNever, .tag = "kept"}, Retrigger::yes) && schedule_step(0);
}

bool hermes::on_cron(cron::Entry entry, bool) {
  if (!entry.tag.starts_with(kStep)) {
    log::info("fired " + std::string(entry.tag));
    return true;
  }
  const std::string_view digits = entry.tag.substr(kStep.size());
  int number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  log_answer(cron::add({.when = kNever, .tag = mark(number)}, Retrigger::yes),
             "added " + mark(number));
  if (number >= kMarks) {
    log_answer(cron::rm({.when = kNever, .tag = mark(number - kMarks)}),
               "removed " + mark(number - kMarks));
  }
  // Not in the order in which they fall due.
  for (const int milliseconds : {10 + number % 7 * 5, 3}) {
    log_answer(cron::delay(std::chrono::milliseconds{milliseconds}, "ordered"), "delayed ordered");
  }
  return schedule_step(number + 1);
}

// Adds, removes and fires all the time, so that an engine can be killed in the middle of it. Each
// step adds a mark, removes the one of three steps ago, delays two events of one tag, and then the
// next step: one after the other, so whoever finds the schedule at any moment knows what has to be
// there. Each operation is logged after it was answered.
#include "hermes/cron.hpp"
#include "hermes/logging.hpp"
#include "hermes/on_cron.hpp"
#include "hermes/on_init.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace {

using hermes::cron::Retrigger;

constexpr std::string_view kNever = "0 0 1 1 *";
constexpr std::string_view kStep = "step";
constexpr std::string_view kMark = "mark ";
constexpr int kMarks = 3;

std::string mark(int number) { return std::string(kMark) + std::to_string(number); }

bool log_answer(bool answer, const std::string& what) {
  if (answer) hermes::log::info(what);
  return answer;
}

/// The numbers of the marks that are there, in their order.
std::vector<int> numbers() {
  std::vector<int> found;
  for (const hermes::cron::Scheduled& entry : hermes::cron::ls()) {
    if (!entry.tag.starts_with(kMark)) continue;
    int& number = found.emplace_back();
    std::from_chars(entry.tag.data() + kMark.size(), entry.tag.data() + entry.tag.size(), number);
  }
  std::sort(found.begin(), found.end());
  return found;
}

// After a crash the step before comes again, and finds that the next one is there already. Steps
// have one tag, so they never run at the same time.
bool schedule_step() {
  if (!hermes::cron::ls(kStep).empty()) return true;
  return log_answer(hermes::cron::delay(std::chrono::milliseconds{1}, kStep), "scheduled step");
}

}  // namespace

bool hermes::on_init() {
  return cron::add({.when = kNever, .tag = "kept"}, Retrigger::yes) && schedule_step();
}

bool hermes::on_cron(cron::Entry entry, bool) {
  if (entry.tag != kStep) {
    log::info("fired " + std::string(entry.tag));
    return true;
  }
  const std::vector<int> before = numbers();
  const int number = before.empty() ? 0 : before.back() + 1;
  log_answer(cron::add({.when = kNever, .tag = mark(number)}, Retrigger::yes),
             "added " + mark(number));
  // More than one where a step before was cut off.
  for (const int old : before) {
    if (old > number - kMarks) break;
    log_answer(cron::rm({.when = kNever, .tag = mark(old)}), "removed " + mark(old));
  }
  // Not in the order in which they fall due.
  for (const int milliseconds : {10 + number % 7 * 5, 3}) {
    log_answer(cron::delay(std::chrono::milliseconds{milliseconds}, "ordered"), "delayed ordered");
  }
  return schedule_step();
}

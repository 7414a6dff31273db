// The promises of hermes:cron, seen from inside of a component.

#include "cases.hpp"
#include "hermes/cron.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <string>

namespace everything {
namespace {

using hermes::cron::add;
using hermes::cron::all;
using hermes::cron::at;
using hermes::cron::delay;
using hermes::cron::ls;
using hermes::cron::mkcron;
using hermes::cron::range;
using hermes::cron::Retrigger;
using hermes::cron::rm;
using hermes::cron::Scheduled;
using namespace std::chrono_literals;

bool same(const Scheduled& entry, std::string_view when, std::string_view tag,
          Retrigger retrigger) {
  return entry.when == when && entry.tag == tag && entry.retrigger == retrigger;
}

bool add_and_list() {
  bool held = expect(ls("list").empty(), "a fresh application has no entries");
  held &= expect(add({"5 4 * * *", "list"}, Retrigger::yes), "add accepts a valid expression");
  held &= expect(add({"6 4 * * *", "list"}, Retrigger::no), "the same tag at another time");
  held &= expect(add({"5 4 * * *", "another"}, Retrigger::no), "the same time with another tag");
  const auto entries = ls("list");
  held &= expect(entries.size() == 2, "ls with a tag lists the entries with that tag");
  for (const Scheduled& entry : entries) {
    held &= expect(same(entry, "5 4 * * *", "list", Retrigger::yes) ||
                       same(entry, "6 4 * * *", "list", Retrigger::no),
                   "ls returns time, tag and flag as they were added");
  }
  const auto everything = ls();
  held &= expect(everything.size() >= 3, "ls without a tag lists all entries");
  held &= expect(std::ranges::count_if(everything,
                                       [](const Scheduled& entry) {
                                         return same(entry, "5 4 * * *", "another", Retrigger::no);
                                       }) == 1,
                 "each entry once");
  return held & expect(ls("nobody has this tag").empty(), "an unknown tag has no entries");
}

// The other case that looks for what this one leaves behind; whichever is second would find it.
bool fresh_state() {
  const bool held = expect(ls("left over").empty(), "no case sees the entries of another");
  return held & expect(add({"0 0 1 1 *", "left over"}, Retrigger::yes), "add");
}

bool list_order() {
  bool held = expect(add({"0 0 29 2 *", "order"}, Retrigger::yes), "29 February comes");
  held &= expect(add({"* * * * *", "order"}, Retrigger::yes), "add");
  const auto entries = ls("order");
  return held & expect(entries.size() == 2 && entries[0].when == "* * * * *" &&
                           entries[1].when == "0 0 29 2 *",
                       "ls lists what fires sooner first");
}

bool add_changes_flag() {
  bool held = expect(add({"1 2 3 4 *", "flag"}, Retrigger::no), "add");
  held &= expect(add({"1 2 3 4 *", "flag"}, Retrigger::yes), "add again");
  const auto entries = ls("flag");
  return held & expect(entries.size() == 1 && same(entries[0], "1 2 3 4 *", "flag", Retrigger::yes),
                       "adding an entry again changes its flag and nothing else");
}

bool remove() {
  bool held = expect(!rm({"1 1 * * *", "rm"}), "rm of nothing is false");
  held &= expect(add({"1 1 * * *", "rm"}, Retrigger::yes), "add");
  held &= expect(!rm({"2 1 * * *", "rm"}), "another time is another entry");
  held &= expect(!rm({"1 1 * * *", "RM"}), "another tag is another entry");
  held &= expect(rm({"1 1 * * *", "rm"}), "rm of an entry is true");
  held &= expect(!rm({"1 1 * * *", "rm"}), "it is gone afterwards");
  return held & expect(ls("rm").empty(), "and is not listed");
}

bool expressions() {
  bool held = true;
  for (const std::string_view when :
       {"* * * * *", "0-59/15 8-17 * * mon-fri", "30 4 1,15 * *", "0 0 13 * 5", "0 0 29 2 *",
        "0 0 * * 7", "59 23 31 12 0", "0 0 1 jan *", "@hourly", "@daily", "@yearly"}) {
    held &=
        expect(add({when, "valid"}, Retrigger::yes), std::string("valid: ") + std::string(when));
  }
  for (const std::string_view when :
       {"", " ", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * 32 * *",
        "* * * 13 *", "* * * * 8", "*/0 * * * *", "5-1 * * * *", "1, * * * *", "a * * * *",
        "-1 * * * *", "@never", "0 0 30 2 *", "0 0 31 2,4 *", "99999999999999999999 * * * *"}) {
    held &= expect(!add({when, "invalid"}, Retrigger::yes),
                   std::string("invalid: ") + std::string(when));
  }
  return held & expect(ls("invalid").empty(), "what was refused is not listed");
}

bool delays() {
  bool held = expect(delay(1h, "delay"), "delay");
  const auto entries = ls("delay");
  if (!expect(entries.size() == 1, "a delay is listed")) return false;
  held &= expect(entries[0].retrigger == Retrigger::no, "it fires once");
  held &= expect(std::ranges::count(entries[0].when, ' ') == 4, "its time has five fields");
  held &= expect(rm({entries[0].when, "delay"}), "it can be removed");
  held &= expect(ls("delay").empty(), "and is gone");
  return held & expect(delay(0ns, "now"), "a delay of nothing is accepted");
}

bool write_expressions() {
  struct Example {
    hermes::cron::Fields fields;
    std::string_view when;
  };
  const Example examples[] = {
      {{}, "* * * * *"},
      {{.minute = {all()}}, "* * * * *"},
      {{.minute = {all(), at(3)}}, "* * * * *"},
      {{.minute = {at(0), at(30)}, .hour = {at(8)}, .dow = {range(1, 5)}}, "0,30 8 * * 1-5"},
      {{.minute = {at(99)}, .hour = {at(24)}, .day = {at(0)}, .month = {at(0)}}, "59 23 1 1 *"},
      {{.minute = {at(5), range(0, 10)}}, "0-10 * * * *"},
      {{.hour = {range(1, 5), range(3, 9)}}, "* 1-9 * * *"},
      {{.day = {range(0, 200)}, .month = {range(1, 12)}}, "* * * * *"},
      {{.minute = {at(7), at(7)}}, "7 * * * *"},
  };
  bool held = true;
  for (const Example& example : examples) {
    const std::string when = mkcron(example.fields);
    held &= expect(when == example.when,
                   "mkcron: \"" + when + "\" instead of \"" + std::string(example.when) + "\"");
    held &= expect(add({when, "mkcron"}, Retrigger::yes), "add accepts what mkcron writes");
  }
  return held;
}

bool any_text_as_tag() {
  bool held = true;
  std::string long_tag;
  for (int i = 0; i < 100; ++i) long_tag += "0123456789";
  const std::string tags[] = {
      "",      " ", "Grüße aus Köln", "世界 🌍", "\"quoted\"\t\n\x1b[31m", std::string("a\0b", 3),
      long_tag};
  for (const std::string& tag : tags) {
    held &= expect(add({"7 7 * * *", tag}, Retrigger::yes), "any text is a tag");
    const auto entries = ls(tag);
    held &= expect(entries.size() == 1 && same(entries[0], "7 7 * * *", tag, Retrigger::yes),
                   "a tag comes back as it was");
    held &= expect(rm({"7 7 * * *", tag}), "and finds its entry");
  }
  return held;
}

bool long_list() {
  constexpr int kEntries = 60;
  bool held = true;
  for (int minute = kEntries - 1; minute >= 0; --minute) {
    held &= add({std::to_string(minute) + " 0 1 1 *", "many"}, Retrigger::no);
  }
  held = expect(held, "add accepts many entries");
  const auto entries = ls("many");
  held &= expect(entries.size() == kEntries, "ls lists all of them");
  return held & expect(std::ranges::adjacent_find(entries, {}, &Scheduled::when) == entries.end(),
                       "each once");
}

constexpr Case kCases[] = {
    {"cron: add and list", add_and_list},
    {"cron: fresh state", fresh_state},
    {"cron: fresh state, again", fresh_state},
    {"cron: list order", list_order},
    {"cron: add changes the flag", add_changes_flag},
    {"cron: remove", remove},
    {"cron: valid and invalid expressions", expressions},
    {"cron: delays are listed", delays},
    {"cron: mkcron", write_expressions},
    {"cron: any text as tag", any_text_as_tag},
    {"cron: long list", long_list},
};

}  // namespace

std::span<const Case> cron_cases() { return kCases; }

}  // namespace everything

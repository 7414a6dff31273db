/// Scheduled events: `hermes:cron`. The expressions, their order and all promises are described in
/// `wit/deps/cron/cron.wit`.
#pragma once

#include "hermes/bindings.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hermes::cron {

/// Whether an entry fires at every time that matches, or at the next one only.
enum class Retrigger : bool { no, yes };

/// What identifies an entry, with text that belongs to somebody else.
struct Entry {
  std::string_view when;
  std::string_view tag;
};

/// One line of the schedule, as `ls` returns it.
struct Scheduled {
  std::string when;
  std::string tag;
  Retrigger retrigger;
};

/// An entry in the form that the bindings take; valid as long as the text.
inline hermes_cron_api_cron_tagged_t lend_entry(Entry entry) {
  return {.when = lend<hermes_cron_api_cron_sched_t>(entry.when),
          .tag = lend<hermes_cron_api_cron_event_tag_t>(entry.tag)};
}

/// Adds an entry, or changes the retrigger flag of the one that is there. False: the expression is
/// invalid or names no time that ever comes, or there are too many entries.
[[nodiscard]] inline bool add(Entry entry, Retrigger retrigger) {
  auto lent = lend_entry(entry);
  return hermes_cron_api_add(&lent, retrigger == Retrigger::yes);
}

/// Fires once, at least `duration` from now; a negative duration counts as zero. False: too far
/// away, or too many entries.
[[nodiscard]] inline bool delay(std::chrono::nanoseconds duration, std::string_view tag) {
  auto lent = lend<hermes_cron_api_cron_event_tag_t>(tag);
  const auto wait = duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
  return hermes_cron_api_delay(wait, &lent);
}

/// The entries of this application, soonest first; only those with `tag`, if one is given.
[[nodiscard]] inline std::vector<Scheduled> ls(std::optional<std::string_view> tag = {}) {
  auto lent = lend<hermes_cron_api_cron_event_tag_t>(tag);
  Owned<hermes_cron_api_list_tuple2_cron_tagged_bool_t,
        hermes_cron_api_list_tuple2_cron_tagged_bool_free>
      list;
  hermes_cron_api_ls(lent.get(), list.out());
  std::vector<Scheduled> entries;
  entries.reserve(list->len);
  for (std::size_t i = 0; i < list->len; ++i) {
    const auto& [entry, retrigger] = list->ptr[i];
    entries.push_back({.when = std::string(view(entry.when)),
                       .tag = std::string(view(entry.tag)),
                       .retrigger = retrigger ? Retrigger::yes : Retrigger::no});
  }
  return entries;
}

/// Removes an entry. True: it was there, and does not fire any more.
[[nodiscard]] inline bool rm(Entry entry) {
  auto lent = lend_entry(entry);
  return hermes_cron_api_rm(&lent);
}

/// One part of a field for `mkcron`.
using Component = hermes_cron_api_cron_component_t;

/// Every value.
inline Component all() { return {.tag = HERMES_CRON_API_CRON_COMPONENT_ALL, .val = {}}; }
/// One value.
inline Component at(std::uint8_t value) {
  return {.tag = HERMES_CRON_API_CRON_COMPONENT_AT, .val = {.at = value}};
}
/// All values from `first` to `last`, both included.
inline Component range(std::uint8_t first, std::uint8_t last) {
  return {.tag = HERMES_CRON_API_CRON_COMPONENT_RANGE, .val = {.range = {first, last}}};
}

/// The fields of an expression, by name; one that is left out means every value.
struct Fields {
  std::vector<Component> minute{};
  std::vector<Component> hour{};
  std::vector<Component> day{};
  std::vector<Component> month{};
  /// Day of week, 0 is Sunday.
  std::vector<Component> dow{};
};

/// Writes a crontab expression: `mkcron({.minute = {at(0), at(30)}, .hour = {at(8)}, .dow =
/// {range(1, 5)}})`.
[[nodiscard]] inline std::string mkcron(Fields fields) {
  const auto lend_field = [](std::vector<Component>& field) {
    return hermes_cron_api_cron_time_t{.ptr = field.data(), .len = field.size()};
  };
  auto minute = lend_field(fields.minute);
  auto hour = lend_field(fields.hour);
  auto day = lend_field(fields.day);
  auto month = lend_field(fields.month);
  auto dow = lend_field(fields.dow);
  Owned<hermes_cron_api_cron_sched_t, hermes_cron_api_cron_sched_free> when;
  hermes_cron_api_mkcron(&dow, &month, &day, &hour, &minute, when.out());
  return std::string(view(*when));
}

}  // namespace hermes::cron

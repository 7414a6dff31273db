#include "cli/cron_command.hpp"

#include "base/text.hpp"
#include "cli/exit_status.hpp"
#include "cli/table.hpp"
#include "engine/state_directory.hpp"
#include "runtime_extensions/cron/outlook.hpp"
#include "runtime_extensions/cron/store.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <utility>

namespace hermes::cli {

namespace {

namespace json = boost::json;
using ext::cron::Outlook;
using ext::cron::Retrigger;
using ext::cron::StoredEntry;

std::string format_time(WallTime time, bool for_people) {
  const std::tm parts =
      fmt::gmtime(std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count());
  return for_people ? fmt::format("{:%Y-%m-%d %H:%M:%S}", parts)
                    : fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", parts);
}

std::string time_cell(const std::optional<WallTime>& time) {
  return time ? format_time(*time, true) : "-";
}

json::value time_value(const std::optional<WallTime>& time) {
  return time ? json::value(format_time(*time, false)) : json::value(nullptr);
}

Result<CronReport> collect(const CronListOptions& options) {
  auto found = engine::stored_applications(options.state_directory, options.application);
  if (!found) return std::unexpected(std::move(found).error());
  CronReport report{.running = engine::is_in_use(options.state_directory)};
  for (engine::StoredApplication& each : *found) {
    const std::filesystem::path file = each.directory / ext::cron::kStoreFile;
    std::error_code ignored;
    // An application that was started, and has never come so far.
    if (!std::filesystem::exists(file, ignored)) continue;
    auto entries = ext::cron::Store::read(file);
    if (entries) {
      report.applications.push_back({std::move(each.name), std::move(*entries)});
    } else {
      report.errors.push_back(std::move(entries).error());
    }
  }
  return report;
}

}  // namespace

std::string to_text(const CronReport& report, WallTime now, const Console& console) {
  Table table;
  table.add({"application", "when", "again", "next (UTC)", "last handled (UTC)", "overdue",
             "left out", "tag"});
  for (const CronReport::Application& application : report.applications) {
    for (const StoredEntry& entry : application.entries) {
      const Outlook outlook = ext::cron::look_ahead(entry, now);
      table.add({application.name, entry.once_at ? "once, after a delay" : entry.name->when,
                 entry.retrigger == Retrigger::kYes ? "yes" : "no", time_cell(outlook.next),
                 time_cell(entry.progress.completed), std::to_string(outlook.overdue),
                 std::to_string(entry.progress.missed), printable(entry.name->tag)});
    }
  }
  std::size_t entries = 0;
  for (const auto& application : report.applications) entries += application.entries.size();
  std::string text;
  if (entries > 0) {
    text = table.text([&](std::size_t row, std::size_t, const std::string& cell) {
      return row == 0 ? console.out_style(Style::kDim, cell) : cell;
    });
  }
  text += fmt::format("{}{} {} of {} {}{}\n", entries > 0 ? "\n" : "", entries,
                      entries == 1 ? "entry" : "entries", report.applications.size(),
                      report.applications.size() == 1 ? "application" : "applications",
                      report.running ? "; the engine is running: what it handled in the last "
                                       "moments may still be shown as overdue"
                                     : "; no engine is running");
  return text;
}

std::string to_json(const CronReport& report, WallTime now) {
  json::array applications;
  for (const CronReport::Application& application : report.applications) {
    json::array entries;
    for (const StoredEntry& entry : application.entries) {
      const Outlook outlook = ext::cron::look_ahead(entry, now);
      entries.push_back(json::object{{"when", entry.name->when},
                                     {"tag", entry.name->tag},
                                     {"retrigger", entry.retrigger == Retrigger::kYes},
                                     {"delay", entry.once_at.has_value()},
                                     {"next", time_value(outlook.next)},
                                     {"completed", time_value(entry.progress.completed)},
                                     {"overdue", outlook.overdue},
                                     {"missed", entry.progress.missed}});
    }
    applications.push_back(
        json::object{{"name", application.name}, {"entries", std::move(entries)}});
  }
  return json::serialize(
      json::object{{"running", report.running}, {"applications", std::move(applications)}});
}

CLI::App& add_cron_list(CLI::App& commands, CronListOptions& options) {
  CLI::App& cron = *commands.add_subcommand("cron", "Look at what applications have scheduled");
  cron.require_subcommand(1);
  CLI::App& list = *cron.add_subcommand(
      "ls", "List the entries in a state directory, also while the engine runs");
  list.add_option("--state-dir", options.state_directory,
                  "The directory that was given to `hermes playground --state-dir`")
      ->required()
      ->type_name("DIR");
  list.add_option("--app", options.application, "Only this application")->type_name("NAME");
  list.add_flag("--json", options.json, "One JSON object, for programs");
  return list;
}

int run_cron_list(const CronListOptions& options, const Console& console) {
  const auto report = collect(options);
  if (!report) {
    console.error(report.error());
    return kFailure;
  }
  const WallTime now = SystemClock().wall();
  console.out() << (options.json ? to_json(*report, now) + '\n' : to_text(*report, now, console))
                << std::flush;
  for (const Error& error : report->errors) console.error(error);
  return report->errors.empty() ? kSuccess : kFailure;
}

}  // namespace hermes::cli

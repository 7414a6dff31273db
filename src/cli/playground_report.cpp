#include "cli/playground_report.hpp"

#include "app/module_id.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/table.hpp"
#include "cli/version.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace hermes::cli {

namespace {

// The names of the events that `component` handles: "init, on-cron".
std::string events_of(const app::LinkedComponent& component, engine::Engine& engine,
                      std::string_view separator) {
  std::vector<std::string_view> names;
  for (const app::EventType& event : engine.extensions().events.events()) {
    if (component.handlers[event.kind.value()]) names.push_back(event.name);
  }
  return fmt::format("{}", fmt::join(names, separator));
}

std::string compiled_text(const PreparedComponent& component) {
  return component.from_cache ? "compiled before"
                              : fmt::format("compiled in {}", format_duration(component.elapsed));
}

}  // namespace

void PlaygroundReport::starting(const engine::ApplicationSpecification& specification,
                                std::span<const PreparedComponent> components,
                                engine::Engine& engine, std::optional<std::uint64_t> timeout_ms) {
  if (human_) {
    starting_for_people(specification, components, engine, timeout_ms);
  } else {
    starting_for_programs(specification, engine);
  }
  for (const auto& component : specification.components) {
    if (!events_of(*component, engine, " ").empty()) continue;
    log_.warn(
        "module {} handles no event of this engine: nothing of it will ever run; `hermes inspect` "
        "shows why",
        printable(component->name));
  }
}

void PlaygroundReport::starting_for_people(const engine::ApplicationSpecification& specification,
                                           std::span<const PreparedComponent> components,
                                           engine::Engine& engine,
                                           std::optional<std::uint64_t> timeout_ms) {
  const auto dim = [&](std::string_view text) { return console_.err_style(Style::kDim, text); };
  Table table;
  table.add({"application", specification.name, ""});
  for (std::size_t index = 0; index < components.size(); ++index) {
    const app::LinkedComponent& component = *components[index].linked;
    const std::string events = events_of(component, engine, ", ");
    table.add({index == 0 ? "modules" : "", printable(component.name),
               fmt::format("handles {} ({})", events.empty() ? "nothing" : events,
                           compiled_text(components[index]))});
  }
  const auto extensions = engine.extensions().all();
  std::vector<std::string_view> packages;
  for (const app::Extension* extension : extensions) packages.push_back(extension->package());
  table.add({"extensions", std::to_string(extensions.size()),
             fmt::format("{}", fmt::join(packages, ", "))});
  table.add({"workers", std::to_string(engine.workers()),
             fmt::format("threads; each call has {} and at most {} of memory",
                         format_duration(specification.bounds.queue.call_deadline),
                         format_size(specification.bounds.call.max_memory_bytes))});
  for (const vfs::Mount& mount : specification.vfs.mounts()) {
    table.add({"directory", mount.guest_path,
               fmt::format("{} ({})", printable(mount.host_directory.string()),
                           mount.access == vfs::Access::kWritable ? "writable" : "read-only")});
  }

  const auto& state = engine.config().state_directory;
  table.add({"state", state ? "kept" : "in memory",
             state ? printable(state->string())
                   : "what is scheduled ends with this run; --state-dir DIR keeps it"});

  std::string text =
      fmt::format("\n{} {}\n\n", console_.err_style(Style::kBold, "Hermes"), version());
  text += table.text([&](std::size_t row, std::size_t column, const std::string& cell) {
    if (column == 0) return dim(cell);
    return row == 0 && column == 1 ? console_.err_style(Style::kBold, cell) : cell;
  });
  text += '\n';
  text += dim(timeout_ms ? fmt::format("  It runs for {} ms; Ctrl-C stops it before.", *timeout_ms)
                         : "  It runs until Ctrl-C, or until it says that it is done.");
  text += "\n\n";
  // What was logged so far comes first.
  log_.flush();
  console_.err() << text << std::flush;
}

void PlaygroundReport::starting_for_programs(const engine::ApplicationSpecification& specification,
                                             engine::Engine& engine) {
  if (const auto& state = engine.config().state_directory) {
    log_.info("what has to survive a restart is kept in {}", printable(state->string()));
  } else {
    log_.info(
        "what applications schedule is kept in memory and ends with this run; --state-dir DIR "
        "keeps it");
  }
  for (const auto& component : specification.components) {
    const std::string events = events_of(*component, engine, " ");
    const std::string id = app::ModuleId::of(specification.name, component->digest).short_text();
    const std::array fields = {LogField{"module_id", std::string_view(id)},
                               LogField{"events", std::string_view(events)}};
    LogScope scope{};
    scope.application = specification.name;
    scope.module = component->name;
    log_.write(
        {.level = LogLevel::kInfo, .message = "module loaded", .scope = scope, .fields = fields});
  }
}

void PlaygroundReport::ready(const app::Application& application, Duration took) {
  if (human_) {
    log_.info("application {} is ready after {}", application.name(), format_duration(took));
    return;
  }
  const std::array fields = {
      LogField{"version", version()},
      LogField{"modules", std::uint64_t{application.modules().size()}},
      LogField{"start_ms",
               std::int64_t{std::chrono::duration_cast<std::chrono::milliseconds>(took).count()}}};
  log_.write({.level = LogLevel::kInfo,
              .message = "application ready",
              .scope = application.log_scope(),
              .fields = fields});
}

void PlaygroundReport::stopping(std::string_view reason, bool again) {
  log_.info("stopping: {}{}", reason, again ? "; once more stops at once" : "");
}

void PlaygroundReport::stopped(std::string_view reason, const event::DrainReport& left,
                               const event::OutcomeCounts& calls, Duration ran) {
  using event::Outcome;
  if (!left.clean()) log_.warn("{}", left.message());
  if (!human_) {
    const std::array fields = {LogField{"calls", calls.total()},
                               LogField{"completed", calls[Outcome::kCompleted]},
                               LogField{"trapped", calls[Outcome::kTrapped]},
                               LogField{"deadline", calls[Outcome::kDeadline]},
                               LogField{"limit", calls[Outcome::kLimit]},
                               LogField{"dropped", calls[Outcome::kDropped]}};
    log_.write({.level = LogLevel::kInfo,
                .message = "application stopped",
                .scope = {},
                .fields = fields});
    return;
  }
  std::string failures;
  for (const Outcome outcome :
       {Outcome::kTrapped, Outcome::kDeadline, Outcome::kLimit, Outcome::kDropped}) {
    if (calls[outcome] != 0) {
      failures += fmt::format(", {} {}", calls[outcome], event::to_string(outcome));
    }
  }
  log_.flush();
  console_.err() << fmt::format("\nStopped after {}: {}. {} {}: {} completed{}.\n",
                                format_duration(ran), reason, calls.total(),
                                calls.total() == 1 ? "call, in a fresh instance"
                                                   : "calls, each in a fresh instance",
                                calls[Outcome::kCompleted], failures)
                 << std::flush;
}

}  // namespace hermes::cli

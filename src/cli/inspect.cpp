#include "cli/inspect.hpp"

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/exit_status.hpp"
#include "cli/session.hpp"
#include "cli/table.hpp"
#include "engine/engine.hpp"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace hermes::cli {

namespace {

namespace json = boost::json;

std::string names_of(const wasm::ComponentItem& item) {
  std::vector<std::string> names;
  for (const auto& function : item.functions) names.push_back(function.name);
  if (!names.empty()) return fmt::format("{}", fmt::join(names, ", "));
  if (!item.signature.empty()) return item.signature;
  return item.types.empty() && item.resources.empty() ? "" : "types only";
}

std::string heading(const Console& console, std::string_view text) {
  return "\n" + console.out_style(Style::kBold, text) + "\n";
}

json::array to_array(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

json::object to_object(const wasm::ComponentItem& item) {
  json::array functions;
  for (const auto& function : item.functions) {
    functions.push_back(json::object{{"name", function.name}, {"signature", function.signature}});
  }
  json::object object{{"name", item.name}};
  if (item.kind == wasm::ComponentItem::Kind::kInstance) {
    object["functions"] = std::move(functions);
    object["types"] = to_array(item.types);
    object["resources"] = to_array(item.resources);
  } else {
    object["signature"] = item.signature;
  }
  return object;
}

}  // namespace

std::string to_text(const engine::Inspection& inspection, const Console& console) {
  std::string text =
      fmt::format("{}: component, {}\n{}\n", console.out_style(Style::kBold, inspection.file),
                  format_size(inspection.bytes),
                  console.out_style(Style::kDim, "sha256 " + wasm::to_hex(inspection.digest)));

  text += heading(console, "Events of this engine");
  Table events;
  std::vector<bool> handled;
  for (const engine::InspectedEvent& event : inspection.events) {
    events.add({event.name,
                event.handled           ? "handled"
                : event.problem.empty() ? "-"
                                        : "WRONG TYPE",
                event.interface_name});
    handled.push_back(event.handled);
  }
  text += events.text([&](std::size_t row, std::size_t column, const std::string& cell) {
    if (column != 1) return cell;
    if (!inspection.events[row].problem.empty()) return console.out_style(Style::kBad, cell);
    return console.out_style(handled[row] ? Style::kGood : Style::kDim, cell);
  });

  text += heading(console, "Imports: what it may call");
  Table imports;
  std::vector<bool> missing;
  for (const engine::InspectedImport& import : inspection.imports) {
    imports.add({printable(import.item.name), "provided", printable(names_of(import.item))});
    missing.push_back(false);
    if (import.provision == engine::Provision::kProvided) continue;
    // What is missing is all or a part of the row before: it takes the row, or gets one of its own.
    std::string names = fmt::format("{}", fmt::join(import.missing, ", "));
    if (!import.provided_version.empty()) {
      names += fmt::format(" (there is version {})", import.provided_version);
    }
    const bool all =
        import.missing.size() >= import.item.functions.size() + import.item.resources.size();
    if (all) imports.drop_last();
    if (all) missing.pop_back();
    imports.add({all ? printable(import.item.name) : "", "MISSING", printable(names)});
    missing.push_back(true);
  }
  text += imports.empty()
              ? "  none\n"
              : imports.text([&](std::size_t row, std::size_t column, const std::string& cell) {
                  if (column == 1) {
                    return console.out_style(missing[row] ? Style::kBad : Style::kGood, cell);
                  }
                  return column == 2 && !missing[row] ? console.out_style(Style::kDim, cell) : cell;
                });

  text += heading(console, "Exports: what may be called");
  Table exports;
  for (const wasm::ComponentItem& item : inspection.exports) {
    exports.add({printable(item.name), printable(names_of(item))});
  }
  text += exports.empty() ? "  none\n" : exports.text();

  text += heading(console, "What to do");
  if (inspection.advice.empty()) {
    text += fmt::format("  Nothing is missing. Run it:  hermes playground {}\n",
                        printable(inspection.file));
  }
  for (const std::string& advice : inspection.advice) {
    for (const std::string& line : wrap(printable(advice), 98)) text += "  " + line + '\n';
  }
  return text;
}

std::string to_json(const engine::Inspection& inspection) {
  json::array imports;
  for (const engine::InspectedImport& import : inspection.imports) {
    json::object object = to_object(import.item);
    object["provided"] = import.provision == engine::Provision::kProvided;
    object["missing"] = to_array(import.missing);
    if (!import.provided_version.empty()) object["provided_version"] = import.provided_version;
    imports.push_back(std::move(object));
  }
  json::array exports;
  for (const wasm::ComponentItem& item : inspection.exports) exports.push_back(to_object(item));
  json::array events;
  for (const engine::InspectedEvent& event : inspection.events) {
    json::object object{
        {"name", event.name}, {"interface", event.interface_name}, {"handled", event.handled}};
    if (!event.problem.empty()) object["problem"] = event.problem;
    events.push_back(std::move(object));
  }
  const json::object report{{"file", inspection.file},
                            {"bytes", inspection.bytes},
                            {"sha256", wasm::to_hex(inspection.digest)},
                            {"runnable", inspection.runnable()},
                            {"events", std::move(events)},
                            {"imports", std::move(imports)},
                            {"exports", std::move(exports)},
                            {"advice", to_array(inspection.advice)}};
  return json::serialize(report);
}

CLI::App& add_inspect(CLI::App& commands, InspectOptions& options) {
  CLI::App& command = *commands.add_subcommand(
      "inspect", "Show what a component imports, exports and handles, and what is missing");
  command.add_option("COMPONENT", options.component, "File of a component")
      ->required()
      ->type_name("");
  command
      .add_option_function<std::string>(
          "--format", [&options](const std::string& format) { options.json = format == "json"; },
          "text for people, json for programs")
      ->check(CLI::IsMember({"text", "json"}).description(""))
      ->type_name("FORMAT");
  return command;
}

int run_inspect(const InspectOptions& options, const Console& console) {
  const SystemClock clock;
  Log log({.format = LogFormat::kHuman, .level = LogLevel::kInfo, .colour = {}, .output = {}},
          clock);
  const auto report = [&]() -> Result<engine::Inspection> {
    auto engine = engine::Engine::create({}, clock, log);
    if (!engine) return std::unexpected(std::move(engine).error());
    auto compiled = compile_file(**engine, log, options.component, {});
    if (!compiled) return std::unexpected(std::move(compiled).error());
    auto inspection = engine::inspect(compiled->loaded.component, (*engine)->linker(),
                                      (*engine)->extensions().events);
    if (!inspection) return inspection;
    inspection->file = options.component.string();
    inspection->bytes = compiled->source.bytes.size();
    inspection->digest = compiled->loaded.digest;
    return inspection;
  }();
  log.flush();
  if (!report) {
    console.error(report.error());
    return kFailure;
  }
  console.out() << (options.json ? to_json(*report) + '\n' : to_text(*report, console))
                << std::flush;
  return kSuccess;
}

}  // namespace hermes::cli

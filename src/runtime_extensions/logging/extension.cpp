#include "runtime_extensions/logging/extension.hpp"

#include "app/application.hpp"
#include "app/runtime_context.hpp"
#include "base/units.hpp"
#include "wit/json/api.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <string>

namespace hermes::ext::logging {

namespace {

/// The options that would let more of it through.
std::string_view options_for(const LineCounts& dropped) {
  if (dropped.over_bytes == 0) return "--log-lines-per-second";
  if (dropped.over_lines == 0) return "--output-bytes-per-second";
  return "--log-lines-per-second and --output-bytes-per-second";
}

void report(Log& log, std::string_view application, const app::OutputBounds& bounds,
            const Drops& drops) {
  const std::uint64_t dropped = drops.lines.dropped();
  // Timers fire a little late.
  constexpr Duration kSecond = LoggingState::kReportInterval;
  const bool about_a_second = drops.within >= kSecond && drops.within < kSecond * 3 / 2;
  const std::string message = fmt::format(
      "{} lines of {} were dropped in the last {}; raise {} or log less", dropped, application,
      about_a_second ? "second" : format_duration(drops.within), options_for(drops.lines));
  const std::array fields = {LogField{"dropped", dropped},
                             LogField{"lines_per_second", bounds.lines_per_second},
                             LogField{"bytes_per_second", bounds.bytes_per_second}};
  LogScope scope;
  scope.application = application;
  log.write({.level = LogLevel::kWarn, .message = message, .scope = scope, .fields = fields});
}

}  // namespace

Result<void> LoggingExtension::link(wasm::Linker& linker) {
  // The type of `data`.
  if (auto json = wit::json::api::link(linker); !json) return json;
  return wit::logging::api::link(linker, host_);
}

Result<void> LoggingExtension::attach(app::Application& application) {
  const app::OutputBounds& bounds = application.bounds().output;
  application.states().put(
      slot_,
      std::make_unique<LoggingState>(
          bounds, executor_, [&log = log_, name = application.name(), bounds](const Drops& drops) {
            report(log, name, bounds, drops);
          }));
  return {};
}

void LoggingExtension::drained(app::Application& application) { application.state(slot_).stop(); }

void LoggingExtension::log(const app::RuntimeContext& context, const Record& record) {
  // What is not written costs nothing.
  if (!log_.enabled(record.level)) return;
  if (!context.application().state(slot_).admit(bytes_of(record))) return;
  write(log_, context.log_scope(), record, config_);
}

void LoggingExtension::on_line(const app::RuntimeContext& context, wasm::OutputStream stream,
                               std::string_view line) {
  const bool error = stream == wasm::OutputStream::kStandardError;
  const LogLevel level = error ? LogLevel::kError : LogLevel::kInfo;
  if (!log_.enabled(level)) return;
  if (!context.application().state(slot_).admit(line.size())) return;
  const std::array fields = {LogField{"stream", std::string_view(error ? "stderr" : "stdout")}};
  log_.write({.level = level, .message = line, .scope = context.log_scope(), .fields = fields});
}

}  // namespace hermes::ext::logging

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

Result<void> LoggingExtension::link(wasm::Linker& linker) {
  // The type of `data`.
  if (auto json = wit::json::api::link(linker); !json) return json;
  return wit::logging::api::link(linker, host_);
}

Result<void> LoggingExtension::attach(app::Application& application) {
  application.states().put(slot_, std::make_unique<LoggingState>(application.bounds().output));
  return {};
}

void LoggingExtension::drained(app::Application& application) {
  report(application, application.state(slot_).take_drops(clock_.steady()));
}

void LoggingExtension::log(const app::RuntimeContext& context, const Record& record) {
  // What is not written costs nothing.
  if (!log_.enabled(record.level)) return;
  const auto decision = context.application().state(slot_).admit(clock_.steady(), bytes_of(record));
  report(context.application(), decision.drops);
  if (decision.write) write(log_, context.log_scope(), record, config_);
}

void LoggingExtension::on_line(const app::RuntimeContext& context, wasm::OutputStream stream,
                               std::string_view line) {
  const bool error = stream == wasm::OutputStream::kStandardError;
  const LogLevel level = error ? LogLevel::kError : LogLevel::kInfo;
  if (!log_.enabled(level)) return;
  const auto decision = context.application().state(slot_).admit(clock_.steady(), line.size());
  report(context.application(), decision.drops);
  if (!decision.write) return;
  const std::array fields = {LogField{"stream", std::string_view(error ? "stderr" : "stdout")}};
  log_.write({.level = level, .message = line, .scope = context.log_scope(), .fields = fields});
}

void LoggingExtension::report(const app::Application& application, const Drops& drops) {
  const LineCounts& lines = drops.lines;
  if (lines.dropped() == 0) return;
  const std::string_view options = lines.over_bytes == 0   ? "--log-lines-per-second"
                                   : lines.over_lines == 0 ? "--output-bytes-per-second"
                                                           : "--log-lines-per-second and "
                                                             "--output-bytes-per-second";
  const std::string message =
      fmt::format("{} lines of {} were dropped within {}; raise {} or log less", lines.dropped(),
                  application.name(), format_duration(drops.within), options);
  const app::OutputBounds& bounds = application.bounds().output;
  const std::array fields = {LogField{"dropped", lines.dropped()},
                             LogField{"lines_per_second", bounds.lines_per_second},
                             LogField{"bytes_per_second", bounds.bytes_per_second}};
  log_.write({.level = LogLevel::kWarn,
              .message = message,
              .scope = application.log_scope(),
              .fields = fields});
}

}  // namespace hermes::ext::logging

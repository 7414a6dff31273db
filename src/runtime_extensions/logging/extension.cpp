#include "runtime_extensions/logging/extension.hpp"

#include "app/application.hpp"
#include "app/runtime_context.hpp"
#include "wit/json/api.hpp"

#include <array>
#include <memory>

namespace hermes::ext::logging {

Result<void> LoggingExtension::link(wasm::Linker& linker) {
  // The type of `data`.
  if (auto json = wit::json::api::link(linker); !json) return json;
  return wit::logging::api::link(linker, host_);
}

Result<void> LoggingExtension::attach(app::Application& application) {
  application.states().put(slot_, std::make_unique<LoggingState>(config_));
  return {};
}

void LoggingExtension::drained(app::Application& application) {
  report_dropped(application, application.state(slot_).take_dropped());
}

void LoggingExtension::log(const app::RuntimeContext& context, const Record& record) {
  // What is not written costs nothing.
  if (!log_.enabled(record.level)) return;
  const auto decision = context.application().state(slot_).admit(clock_.steady(), cost(record));
  report_dropped(context.application(), decision.dropped);
  if (decision.write) write(log_, context.log_scope(), record, config_);
}

void LoggingExtension::on_line(const app::RuntimeContext& context, wasm::OutputStream stream,
                               std::string_view line) {
  const bool error = stream == wasm::OutputStream::kStandardError;
  const LogLevel level = error ? LogLevel::kError : LogLevel::kInfo;
  if (!log_.enabled(level)) return;
  const auto decision =
      context.application().state(slot_).admit(clock_.steady(), cost({.message = line}));
  report_dropped(context.application(), decision.dropped);
  if (!decision.write) return;
  const std::array fields = {LogField{"stream", std::string_view(error ? "stderr" : "stdout")}};
  log_.write({.level = level, .message = line, .scope = context.log_scope(), .fields = fields});
}

void LoggingExtension::report_dropped(const app::Application& application, std::uint64_t dropped) {
  if (dropped == 0) return;
  const std::array fields = {LogField{"dropped", dropped},
                             LogField{"lines_per_second", config_.lines_per_second}};
  log_.write({.level = LogLevel::kWarn,
              .message = "log lines of this application were dropped: it writes more than it may",
              .scope = application.log_scope(),
              .fields = fields});
}

}  // namespace hermes::ext::logging

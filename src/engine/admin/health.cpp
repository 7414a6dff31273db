#include "engine/admin/health.hpp"

#include "base/text.hpp"
#include "base/units.hpp"

#include <fmt/format.h>

namespace hermes::engine {

std::string HealthReport::json(std::string_view well, std::string_view unwell) const {
  std::string text = R"({"status":)";
  append_json_string(text, good() ? well : unwell);
  text += R"(,"problems":[)";
  for (std::size_t i = 0; i < problems.size(); ++i) {
    if (i > 0) text += ',';
    if (i == kMostShown) {
      append_json_string(text, fmt::format("and {} more", problems.size() - i));
      break;
    }
    append_json_string(text, problems[i]);
  }
  text += "]}\n";
  return text;
}

HealthReport Health::live() const {
  HealthReport report;
  const wasm::EpochHeartbeat* const heartbeat = sources_.heartbeat();
  if (heartbeat == nullptr) {
    report.problems.emplace_back("the engine has not started");
  } else if (const Duration age = sources_.clock.steady() - heartbeat->last();
             age > options_.stuck_after) {
    report.problems.push_back(
        fmt::format("there was no tick of the epoch for {}: busy guests are not interrupted",
                    format_duration(age)));
  }
  if (const auto longest = sources_.progress.longest();
      longest && longest->since > options_.stuck_after) {
    report.problems.push_back(fmt::format("worker {} has made no progress for {}", longest->worker,
                                          format_duration(longest->since)));
  }
  return report;
}

HealthReport Health::ready() const {
  HealthReport report;
  const auto applications = sources_.applications();
  if (applications.empty()) report.problems.emplace_back("no application is loaded");
  for (const auto& application : applications) {
    const app::Phase phase = application->phase();
    if (phase == app::Phase::kReady) continue;
    report.problems.push_back(
        fmt::format("application {} is {}", application->name(), app::to_string(phase)));
  }
  return report;
}

}  // namespace hermes::engine

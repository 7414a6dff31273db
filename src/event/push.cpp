#include "event/push.hpp"

#include <fmt/format.h>

#include <array>

namespace hermes::event {

std::string_view to_string(RefusalReason reason) {
  static constexpr std::array<std::string_view, kRefusalReasonCount> kNames = {
      "lane-full", "application-full", "engine-full", "stopping", "no-handler"};
  return kNames[static_cast<std::size_t>(reason)];
}

std::string Refusal::message() const {
  switch (reason) {
    case RefusalReason::kLaneFull:
      return fmt::format(
          "the event was refused: {} events of its source are waiting already, which is the bound "
          "(--max-events-per-lane)",
          bound);
    case RefusalReason::kApplicationFull:
      return fmt::format(
          "the event was refused: {} events of its application are waiting already, which is the "
          "bound (--max-events)",
          bound);
    case RefusalReason::kEngineFull:
      return fmt::format(
          "the event was refused: {} events are waiting in the engine already, which is the bound "
          "of the engine",
          bound);
    case RefusalReason::kStopping:
      return "the event was refused: its application is stopping";
    case RefusalReason::kNoHandler:
      return "the event was refused: no module of its application handles it";
  }
  return {};
}

Error Refusal::to_error() const {
  switch (reason) {
    case RefusalReason::kStopping:
      return {ErrorCode::kCancelled, message()};
    case RefusalReason::kNoHandler:
      return {ErrorCode::kNotFound, message()};
    default:
      return {ErrorCode::kLimit, message()};
  }
}

}  // namespace hermes::event

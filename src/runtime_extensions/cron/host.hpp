// The functions of hermes:cron/api.
#pragma once

#include "app/extension_state.hpp"
#include "wit/cron/api.hpp"

#include <optional>
#include <string_view>
#include <tuple>
#include <vector>

namespace hermes::ext::cron {

class CronState;

/// Finds the state of the caller's application, and passes the call on to it. Any thread.
class CronHost final : public wit::cron::api::Host {
 public:
  explicit CronHost(app::StateSlot<CronState> slot) : slot_(slot) {}

  void add(wasm::CallContext& call, const wit::cron::api::CronTaggedView& entry, bool retrigger,
           wasm::Completion<bool> done) override;
  void delay(wasm::CallContext& call, wit::cron::api::Instant duration, std::string_view tag,
             wasm::Completion<bool> done) override;
  wasm::HostResult<std::vector<std::tuple<wit::cron::api::CronTagged, bool>>> ls(
      wasm::CallContext& call, const std::optional<std::string_view>& tag) override;
  void rm(wasm::CallContext& call, const wit::cron::api::CronTaggedView& entry,
          wasm::Completion<bool> done) override;
  wasm::HostResult<wit::cron::api::CronSched> mkcron(wasm::CallContext& call,
                                                     wit::cron::api::CronTimeView dow,
                                                     wit::cron::api::CronTimeView month,
                                                     wit::cron::api::CronTimeView day,
                                                     wit::cron::api::CronTimeView hour,
                                                     wit::cron::api::CronTimeView minute) override;

 private:
  [[nodiscard]] CronState& state(wasm::CallContext& call) const;

  app::StateSlot<CronState> slot_;
};

}  // namespace hermes::ext::cron

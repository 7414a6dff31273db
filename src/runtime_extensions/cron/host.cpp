#include "runtime_extensions/cron/host.hpp"

#include "app/application.hpp"
#include "app/runtime_context.hpp"
#include "runtime_extensions/cron/mkcron.hpp"
#include "runtime_extensions/cron/state.hpp"

#include <fmt/format.h>

#include <utility>

namespace hermes::ext::cron {

namespace api = wit::cron::api;

namespace {

std::string write_field(const Field& field, api::CronTimeView parts) {
  FieldWriter writer(field);
  for (const api::CronComponent& part : parts) {
    if (const auto* at = std::get_if<api::CronComponent::At>(&part.value)) {
      writer.add(At{at->value});
    } else if (const auto* range = std::get_if<api::CronComponent::Range>(&part.value)) {
      writer.add(Range{std::get<0>(range->value), std::get<1>(range->value)});
    } else {
      writer.add(All{});
    }
  }
  return writer.write();
}

}  // namespace

CronState& CronHost::state(wasm::CallContext& call) const {
  return app::runtime_context(call).application().state(slot_);
}

void CronHost::add(wasm::CallContext& call, const api::CronTaggedView& entry, bool retrigger,
                   wasm::Completion<bool> done) {
  state(call).add(entry.when, entry.tag, retrigger ? Retrigger::kYes : Retrigger::kNo,
                  app::runtime_context(call).log_scope(), std::move(done));
}

void CronHost::delay(wasm::CallContext& call, api::Instant duration, std::string_view tag,
                     wasm::Completion<bool> done) {
  state(call).delay(duration, tag, app::runtime_context(call).log_scope(), std::move(done));
}

wasm::HostResult<std::vector<std::tuple<api::CronTagged, bool>>> CronHost::ls(
    wasm::CallContext& call, const std::optional<std::string_view>& tag) {
  std::vector<std::tuple<api::CronTagged, bool>> rows;
  for (const Listed& listed : state(call).ls(tag)) {
    rows.emplace_back(api::CronTagged{.when = listed.name->when, .tag = listed.name->tag},
                      listed.retrigger == Retrigger::kYes);
  }
  return rows;
}

void CronHost::rm(wasm::CallContext& call, const api::CronTaggedView& entry,
                  wasm::Completion<bool> done) {
  state(call).rm(entry.when, entry.tag, app::runtime_context(call).log_scope(), std::move(done));
}

wasm::HostResult<api::CronSched> CronHost::mkcron(wasm::CallContext&, api::CronTimeView dow,
                                                  api::CronTimeView month, api::CronTimeView day,
                                                  api::CronTimeView hour,
                                                  api::CronTimeView minute) {
  return fmt::format("{} {} {} {} {}", write_field(kMinuteField, minute),
                     write_field(kHourField, hour), write_field(kDayField, day),
                     write_field(kMonthField, month), write_field(kWeekdayField, dow));
}

}  // namespace hermes::ext::cron

#include "runtime_extensions/http_gateway/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace hermes::ext::http_gateway {
namespace {

const ApplicationConfig kNothing{};

}  // namespace

Result<std::unique_ptr<GatewayState>> GatewayState::create(const app::Application& application,
                                                           const ApplicationConfig* config,
                                                           event::EventKind reply,
                                                           const Clock& clock) {
  std::unique_ptr<GatewayState> state(new GatewayState(config != nullptr ? *config : kNothing));
  for (const Subscription& endpoint : state->endpoints().all()) {
    const auto module = std::ranges::find(application.modules(), endpoint.module,
                                          [](const auto& each) { return each->name(); });
    if (module == application.modules().end()) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("endpoint {} is for the module {}, which the application {} does not "
                              "have",
                              endpoint.id, endpoint.module, application.name()));
    }
    if (!(*module)->handles(reply)) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("endpoint {} is for the module {}, which does not export "
                              "hermes:http-gateway/event",
                              endpoint.id, endpoint.module));
    }
    state->modules_.emplace(endpoint.module, module->get());
  }
  if (state->config_.www) {
    http::StaticOptions options;
    options.fallback = state->config_.spa;
    auto files =
        http::StaticDirectory::open(state->config_.www->string(), std::move(options), clock);
    if (!files) return std::unexpected(std::move(files).error().with_context("www"));
    state->files_ = std::move(*files);
  }
  return state;
}

}  // namespace hermes::ext::http_gateway

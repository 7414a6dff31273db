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
                                                           const AnswerKinds& kinds,
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
    const bool replies = (*module)->handles(kinds.reply);
    if (!replies && !(*module)->handles(kinds.incoming)) {
      return fail(ErrorCode::kInvalidArgument,
                  fmt::format("endpoint {} is for the module {}, which exports neither "
                              "hermes:http-gateway/event nor wasi:http/incoming-handler",
                              endpoint.id, endpoint.module));
    }
    state->modules_.emplace(endpoint.module, Module{module->get(), replies});
  }
  for (const auto& module : application.modules()) {
    if (module->handles(kinds.reply)) state->replies_ = true;
    if (module->handles(kinds.incoming) && state->server_ == nullptr) {
      state->server_ = module.get();
    }
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

Result<void> GatewayState::allow_requests(app::Application& application, http::Client& client,
                                          const OutgoingConfig& outgoing, Log& log) {
  if (config_.outgoing.empty()) return {};
  const OutgoingBounds& bounds = config_.outgoing_bounds;
  requests_ = std::make_unique<OutgoingRequests>(application.name(), client, outgoing,
                                                 config_.outgoing, bounds, log, outgoing_);
  return application.send_http_with(
      *requests_, {.requests_per_call = static_cast<std::uint32_t>(bounds.max_requests_per_call)});
}

}  // namespace hermes::ext::http_gateway

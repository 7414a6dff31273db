#include "runtime_extensions/http_gateway/extension.hpp"

#include "runtime_extensions/http_gateway/event.hpp"
#include "runtime_extensions/http_gateway/incoming_request.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <utility>

namespace hermes::ext::http_gateway {
namespace {

/// All applications have stopped by then: what is left are answers on their way.
constexpr Duration kGrace = std::chrono::seconds{5};

http::Tcp::endpoint endpoint_of(const ListenAddress& listener) {
  using boost::asio::ip::address_v4;
  using boost::asio::ip::address_v6;
  const std::span<const std::uint8_t> bytes = listener.address.bytes();
  if (listener.address.is_v4()) {
    address_v4::bytes_type v4{};
    std::ranges::copy(bytes, v4.begin());
    return {address_v4(v4), listener.port};
  }
  address_v6::bytes_type v6{};
  std::ranges::copy(bytes, v6.begin());
  return {address_v6(v6), listener.port};
}

}  // namespace

HttpGatewayExtension::HttpGatewayExtension(app::StateSlot<GatewayState> slot,
                                           app::EventCatalogue& events, event::WorkerPool* workers,
                                           const Clock& clock, Log& log,
                                           const std::optional<Config>& config,
                                           FindApplication find)
    : slot_(slot),
      workers_(workers),
      clock_(clock),
      log_(log),
      enabled_(workers != nullptr && config.has_value()),
      config_(config.value_or(Config{})),
      find_(std::move(find)),
      // Who sent the request is told that it failed; who wrote the module wants to know why.
      kinds_{.reply = events.add("reply", wit::http_gateway::event::Reply::kExport),
             .incoming = events.add_http_handler(IncomingRequest::kEventName)},
      validate_auth_(
          events.add("validate-auth", wit::http_gateway::event_auth::ValidateAuth::kExport)),
      access_log_(log) {}

Result<void> HttpGatewayExtension::link(wasm::Linker&) {
  // Its interfaces that components import have types only.
  return {};
}

Result<void> HttpGatewayExtension::start() {
  if (!enabled_) return {};
  http::ServerOptions options;
  for (const LimitSetting& setting : config_.limits) {
    if (auto set = http::set_limit(options.limits, setting.name, setting.value); !set) {
      return std::unexpected(std::move(set).error().with_context(setting.place));
    }
  }
  for (const ListenAddress& address : config_.listeners) {
    options.addresses.push_back(endpoint_of(address));
  }
  gateway_.emplace(GatewayParts{.find_application = find_,
                                .slot = slot_,
                                .hosts = config_.hosts,
                                .workers = *workers_,
                                .files = files_,
                                .reply = kinds_.reply,
                                .validate_auth = validate_auth_,
                                .incoming = kinds_.incoming,
                                .log = log_,
                                .max_content_bytes = options.limits.max_body_bytes});
  auto server = http::Server::start(options, *workers_, *gateway_, &access_log_, log_);
  if (!server) return std::unexpected(std::move(server).error());
  server_ = std::move(*server);
  for (const http::Tcp::endpoint& address : server_->addresses()) {
    log_.info("HTTP requests are answered at http://{}/", http::to_text(address));
  }
  return {};
}

Result<void> HttpGatewayExtension::attach(app::Application& application) {
  if (!enabled_) return {};
  auto state =
      GatewayState::create(application, config_.application(application.name()), kinds_, clock_);
  if (!state) return std::unexpected(std::move(state).error());
  application.states().put(slot_, std::move(*state));
  return {};
}

void HttpGatewayExtension::detach(app::Application&) {
  // The queue of an application that is stopped refuses events, and the gateway says so.
}

void HttpGatewayExtension::stop() {
  if (server_ == nullptr) return;
  if (const std::size_t left = server_->stop(kGrace); left > 0) {
    log_.warn("http: {} connections were cut off", left);
  }
  server_.reset();
}

std::vector<http::Tcp::endpoint> HttpGatewayExtension::addresses() const {
  return server_ != nullptr ? server_->addresses() : std::vector<http::Tcp::endpoint>{};
}

}  // namespace hermes::ext::http_gateway

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

std::vector<http::Tcp::endpoint> endpoints_of(const std::vector<ListenAddress>& listeners) {
  std::vector<http::Tcp::endpoint> endpoints;
  for (const ListenAddress& listener : listeners) endpoints.push_back(endpoint_of(listener));
  return endpoints;
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
      access_log_(log, clock),
      counts_(access_log_) {}

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
  const TlsConfig& tls = config_.tls;
  options.addresses = endpoints_of(config_.listeners);
  options.secure.addresses = endpoints_of(tls.listeners);
  options.secure.redirect_addresses = endpoints_of(tls.redirecting);
  options.secure.redirect_port = tls.https_port;
  options.secure.strict_transport_security = tls.strict_transport_security;
  if (!tls.listeners.empty()) {
    ticket_keys_ = std::make_shared<http::TicketKeys>(clock_);
    auto context = read_certificates();
    if (!context) return std::unexpected(std::move(context).error());
    options.secure.context = std::move(*context);
  }
  auto client = http::Client::start({.extra_certificates = config_.outgoing.certificates,
                                     .max_requests = config_.outgoing.max_requests,
                                     .hosts = config_.outgoing.hosts});
  if (!client) return std::unexpected(std::move(client).error().with_context("outgoing"));
  client_ = std::move(*client);
  gateway_.emplace(GatewayParts{.find_application = find_,
                                .slot = slot_,
                                .hosts = config_.hosts,
                                .workers = *workers_,
                                .files = files_,
                                .reply = kinds_.reply,
                                .validate_auth = validate_auth_,
                                .incoming = kinds_.incoming,
                                .log = log_,
                                .client = *client_,
                                .outgoing = config_.outgoing,
                                .max_content_bytes = options.limits.max_body_bytes});
  auto server = http::Server::start(options, *workers_, *gateway_, &counts_, log_);
  if (!server) return std::unexpected(std::move(server).error());
  server_ = std::move(*server);
  for (const http::Tcp::endpoint& address : server_->addresses()) {
    log_.info("HTTP requests are answered at http://{}/", http::to_text(address));
  }
  for (const http::Tcp::endpoint& address : server_->secure_addresses()) {
    log_.info("HTTP requests are answered at https://{}/", http::to_text(address));
  }
  for (const http::Tcp::endpoint& address : server_->redirect_addresses()) {
    log_.info("HTTP requests are redirected to https at http://{}/", http::to_text(address));
  }
  const std::lock_guard lock(reload_mutex_);
  may_reload_ = !tls.listeners.empty();
  return {};
}

Result<std::shared_ptr<const http::TlsContext>> HttpGatewayExtension::read_certificates() {
  std::vector<http::Certificate> certificates;
  for (const CertificateSetting& setting : config_.tls.certificates) {
    auto certificate = http::Certificate::read({setting.certificate, setting.key}, clock_.wall());
    if (!certificate) {
      return std::unexpected(std::move(certificate).error().with_context(setting.place));
    }
    if (certificate->warning) log_.warn("TLS: {}", *certificate->warning);
    certificates.push_back(std::move(*certificate));
  }
  return http::TlsContext::create(std::move(certificates), ticket_keys_);
}

void HttpGatewayExtension::reload() {
  const std::lock_guard lock(reload_mutex_);
  if (!may_reload_) return log_.info("there are no certificates to be read again");
  if (std::exchange(reload_waits_, true)) return;
  files_.post(reload_);
}

void HttpGatewayExtension::reload_now() {
  {
    const std::lock_guard lock(reload_mutex_);
    reload_waits_ = false;
  }
  auto context = read_certificates();
  if (!context) {
    return log_.error("TLS: {}; the certificates that were there before stay in use",
                      context.error().message);
  }
  server_->use(*context);
  log_.info("TLS: the certificates have been read again: new connections get them");
}

Result<void> HttpGatewayExtension::attach(app::Application& application) {
  if (!enabled_) return {};
  auto state =
      GatewayState::create(application, config_.application(application.name()), kinds_, clock_);
  if (!state) return std::unexpected(std::move(state).error());
  GatewayState& kept = application.states().put(slot_, std::move(*state));
  return kept.allow_requests(application, *client_, config_.outgoing, log_);
}

void HttpGatewayExtension::detach(app::Application&) {
  // The queue of an application that is stopped refuses events, and the gateway says so.
}

void HttpGatewayExtension::stop() {
  if (server_ == nullptr) return;
  {
    const std::lock_guard lock(reload_mutex_);
    may_reload_ = false;
  }
  files_.withdraw(reload_);
  // What waits for another server must not hold the end of this one up.
  client_->stop_after(kGrace);
  if (const std::size_t left = server_->stop(kGrace); left > 0) {
    log_.warn("http: {} connections were cut off", left);
  }
  server_.reset();
  client_.reset();
}

std::vector<http::Tcp::endpoint> HttpGatewayExtension::addresses() const {
  return server_ != nullptr ? server_->addresses() : std::vector<http::Tcp::endpoint>{};
}

const http::ServerCounters* HttpGatewayExtension::counters() const {
  return server_ != nullptr ? &server_->counters() : nullptr;
}

std::vector<http::ListenerStats> HttpGatewayExtension::listeners() const {
  return server_ != nullptr ? server_->listeners() : std::vector<http::ListenerStats>{};
}

std::optional<http::RequestCounts> HttpGatewayExtension::requests(
    app::Application& application) const {
  const GatewayState* const state = application.states().find(slot_);
  if (state == nullptr) return std::nullopt;
  return state->counters()->read();
}

std::optional<OutgoingCounts> HttpGatewayExtension::outgoing(app::Application& application) const {
  const GatewayState* const state = application.states().find(slot_);
  if (state == nullptr) return std::nullopt;
  return state->outgoing()->read();
}

std::optional<std::uint64_t> HttpGatewayExtension::outgoing_running() const {
  if (client_ == nullptr) return std::nullopt;
  return client_->counters().running.load(std::memory_order_relaxed);
}

std::optional<http::RequestCounts> HttpGatewayExtension::unclaimed_requests() const {
  if (!enabled_) return std::nullopt;
  return counts_.unclaimed().read();
}

}  // namespace hermes::ext::http_gateway

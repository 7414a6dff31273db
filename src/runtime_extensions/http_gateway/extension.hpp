// The runtime extension `http-gateway`.
#pragma once

#include "app/event_catalogue.hpp"
#include "app/extension.hpp"
#include "app/extension_state.hpp"
#include "base/blocking.hpp"
#include "base/log.hpp"
#include "event/worker_pool.hpp"
#include "http/client/client.hpp"
#include "http/limits.hpp"
#include "http/server.hpp"
#include "http/tls/context.hpp"
#include "http/tls/ticket_keys.hpp"
#include "runtime_extensions/http_gateway/access_log.hpp"
#include "runtime_extensions/http_gateway/answer_counts.hpp"
#include "runtime_extensions/http_gateway/config.hpp"
#include "runtime_extensions/http_gateway/gateway.hpp"
#include "runtime_extensions/http_gateway/state.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <vector>

namespace hermes::ext::http_gateway {

/// `hermes:http-gateway`: answers HTTP requests with what modules reply and with files.
class HttpGatewayExtension final : public app::Extension {
 public:
  /// Finds an application that runs; nullptr when there is none of that name. Any thread.
  using FindApplication = std::function<std::shared_ptr<app::Application>(std::string_view)>;

  /// `slot` is its own in each application. Adds `reply` and `validate-auth` to `events`. Listens
  /// where `config` says so, on `workers`; where one of them is missing, nowhere. What is referred
  /// to outlives it.
  HttpGatewayExtension(app::StateSlot<GatewayState> slot, app::EventCatalogue& events,
                       event::WorkerPool* workers, const Clock& clock, Log& log,
                       const std::optional<Config>& config, FindApplication find);
  ~HttpGatewayExtension() override = default;

  [[nodiscard]] std::string_view package() const override { return "hermes:http-gateway"; }
  Result<void> link(wasm::Linker& linker) override;
  Result<void> start() override;
  Result<void> attach(app::Application& application) override;
  void detach(app::Application& application) override;
  void stop() override;

  /// Reads the certificates again, soon and elsewhere; the log says what became of it. Connections
  /// that are there keep theirs; where one is not good, all of those that were there before are
  /// kept. Any thread, at any time.
  void reload();

  /// Where it listens without TLS; empty: nowhere.
  [[nodiscard]] std::vector<http::Tcp::endpoint> addresses() const;
  /// What became of connections, listener by listener. Any thread.
  [[nodiscard]] std::vector<http::ListenerStats> listeners() const;
  /// What became of all of them; nullptr: it listens nowhere. Any thread; lives as long as this.
  [[nodiscard]] const http::ServerCounters* counters() const;
  /// Requests that `application` answered; nothing: it answers none. Any thread, as long as the
  /// application is there.
  [[nodiscard]] std::optional<http::RequestCounts> requests(app::Application& application) const;
  /// Requests that were sent for `application`; nothing: it answers none. As requests().
  [[nodiscard]] std::optional<OutgoingCounts> outgoing(app::Application& application) const;
  /// Requests that are under way to other servers; nothing: nothing listens. Any thread.
  [[nodiscard]] std::optional<std::uint64_t> outgoing_running() const;
  /// Requests that no application was found for; nothing: nothing listens.
  [[nodiscard]] std::optional<http::RequestCounts> unclaimed_requests() const;
  [[nodiscard]] const HostTable& hosts() const { return config_.hosts; }

 private:
  class Reload final : public BlockingTask {
   public:
    explicit Reload(HttpGatewayExtension& owner) : owner_(owner) {}
    void run() override { owner_.reload_now(); }

   private:
    HttpGatewayExtension& owner_;
  };

  Result<std::shared_ptr<const http::TlsContext>> read_certificates();
  void reload_now();

  app::StateSlot<GatewayState> slot_;
  event::WorkerPool* workers_;
  const Clock& clock_;
  Log& log_;
  bool enabled_;
  Config config_;
  FindApplication find_;
  AnswerKinds kinds_;
  event::EventKind validate_auth_;
  AccessLog access_log_;
  AnswerCounts counts_;
  // For files that are not in memory.
  BlockingThread files_;
  std::unique_ptr<http::Client> client_;
  std::optional<Gateway> gateway_;
  std::shared_ptr<http::TicketKeys> ticket_keys_;
  std::unique_ptr<http::Server> server_;

  std::mutex reload_mutex_;
  // Guarded by reload_mutex_.
  bool may_reload_ = false;
  bool reload_waits_ = false;
  Reload reload_{*this};
};

}  // namespace hermes::ext::http_gateway

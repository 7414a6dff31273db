#include "engine/admin/admin_server.hpp"

#include "engine/admin/state.hpp"

#include <pthread.h>

#include <chrono>
#include <cstddef>
#include <utility>

namespace hermes::engine {
namespace {

constexpr Duration kWatchEach = std::chrono::seconds{1};

/// Small: a few people and programs look, all of them from near by.
http::Limits limits() {
  http::Limits limits;
  limits.max_connections = 64;
  limits.max_connections_per_address = 64;
  limits.max_header_bytes = std::size_t{8} * 1024;
  limits.max_header_fields = 64;
  limits.max_body_bytes = 0;
  limits.max_collected_bytes = 0;
  limits.header_time = std::chrono::seconds{5};
  limits.idle_time = std::chrono::seconds{15};
  limits.rate_grace = std::chrono::seconds{5};
  return limits;
}

event::WorkerPoolConfig one_thread() {
  return {.threads = 1,
          // It waits for most of the time.
          .spin = Duration::zero(),
          .thread_scope = []() -> std::shared_ptr<void> {
            pthread_setname_np(pthread_self(), "hermes-admin");
            return nullptr;
          }};
}

}  // namespace

void AdminServer::Watch::on_time(Executor& here) {
  progress_.ask();
  history_.add(events_.calls());
  here.schedule(*this, here.now() + kWatchEach);
}

AdminServer::AdminServer(const AdminConfig& config, const AdminSources& sources)
    : started_at_(sources.metrics.clock.steady()),
      progress_(sources.workers, sources.metrics.clock),
      health_({.stuck_after = config.stuck_after}, {.heartbeat = sources.metrics.heartbeat,
                                                    .applications = sources.metrics.applications,
                                                    .progress = progress_,
                                                    .clock = sources.metrics.clock}),
      handler_({.live = [this] { return health_.live(); },
                .ready = [this] { return health_.ready(); },
                .metrics = [this,
                            &collector = sources.collector] { return collector.text(listeners()); },
                .state =
                    [this, &metrics = sources.metrics, &cron = sources.cron] {
                      return state_json({.metrics = metrics,
                                         .cron = cron,
                                         .health = health_,
                                         .history = history_,
                                         .started_at = started_at_});
                    }},
               config.host_names, sources.metrics.clock),
      watch_(progress_, history_, sources.events),
      thread_(one_thread(), sources.metrics.clock) {}

AdminServer::~AdminServer() {
  running_ = nullptr;
  // Nobody looks any more when the connections are closed; then nothing is left to watch.
  if (server_ != nullptr) server_->stop(Duration::zero());
  server_.reset();
  thread_.stop();
  watch_.cancel();
}

std::vector<http::ListenerStats> AdminServer::listeners() const {
  const http::Server* const server = running_;
  return server != nullptr ? server->listeners() : std::vector<http::ListenerStats>{};
}

Result<std::unique_ptr<AdminServer>> AdminServer::start(const AdminConfig& config,
                                                        const AdminSources& sources, Log& log) {
  std::unique_ptr<AdminServer> admin(new AdminServer(config, sources));
  admin->thread_.start();
  http::ServerOptions options;
  options.addresses = {*config.address};
  options.limits = limits();
  auto server = http::Server::start(options, admin->thread_, admin->handler_, nullptr, log);
  if (!server) return std::unexpected(std::move(server).error().with_context("--admin"));
  admin->server_ = std::move(*server);
  admin->running_ = admin->server_.get();
  admin->thread_.schedule(admin->watch_, sources.metrics.clock.steady());
  const std::string address = http::to_text(admin->address());
  log.info("the page for operators and metrics are at http://{}/", address);
  if (!admin->address().address().is_loopback()) {
    log.warn(
        "everybody who reaches {} can look at the engine: there is no authentication; --admin with "
        "an address of this machine alone, such as 127.0.0.1, keeps it to this machine",
        address);
  }
  return admin;
}

}  // namespace hermes::engine

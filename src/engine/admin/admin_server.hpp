// The listener for those who operate the engine.
#pragma once

#include "base/clock.hpp"
#include "base/executor.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "engine/admin/admin_handler.hpp"
#include "engine/admin/call_history.hpp"
#include "engine/admin/health.hpp"
#include "engine/admin/worker_progress.hpp"
#include "engine/config.hpp"
#include "engine/event_log.hpp"
#include "engine/metrics/collector.hpp"
#include "event/worker_pool.hpp"
#include "http/server.hpp"
#include "runtime_extensions/cron/extension.hpp"

#include <atomic>
#include <memory>
#include <string>
#include <vector>

namespace hermes::engine {

/// What is shown. Everything outlives the server.
struct AdminSources {
  const MetricsSources& metrics;
  const MetricsCollector& collector;
  const ext::cron::CronExtension& cron;
  const EventLog& events;
  /// Those that are watched.
  event::WorkerPool& workers;
};

/// Answers operators (docs/operations.md) on a thread of its own, which does nothing else: the
/// engine can be looked at while its workers are busy or stuck, and looking takes no time from
/// them.
class AdminServer {
 public:
  /// Listens from now on; `config.address` is set. `log` outlives it. The error names the address
  /// and what the system says. What is reachable from elsewhere is warned of.
  static Result<std::unique_ptr<AdminServer>> start(const AdminConfig& config,
                                                    const AdminSources& sources, Log& log);
  /// Closes all connections; nothing is looked at any more.
  ~AdminServer();
  AdminServer(const AdminServer&) = delete;
  AdminServer& operator=(const AdminServer&) = delete;

  /// Where it listens, with the port that was chosen.
  [[nodiscard]] http::Tcp::endpoint address() const { return server_->addresses().front(); }

 private:
  /// Asks the workers, and counts calls, once a second.
  class Watch final : public Timer {
   public:
    Watch(WorkerProgress& progress, CallHistory& history, const EventLog& events)
        : progress_(progress), history_(history), events_(events) {}
    void on_time(Executor& here) override;

   private:
    WorkerProgress& progress_;
    CallHistory& history_;
    const EventLog& events_;
  };

  AdminServer(const AdminConfig& config, const AdminSources& sources);
  [[nodiscard]] std::vector<http::ListenerStats> listeners() const;

  const SteadyTime started_at_;
  WorkerProgress progress_;
  CallHistory history_;
  Health health_;
  AdminHandler handler_;
  Watch watch_;
  // One worker, without work but its I/O.
  event::WorkerPool thread_;
  std::unique_ptr<http::Server> server_;
  /// While it can be asked: a request may come before server_ is set.
  std::atomic<const http::Server*> running_{nullptr};
};

}  // namespace hermes::engine

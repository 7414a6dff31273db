// What the gateway knows of one application.
#pragma once

#include "app/application.hpp"
#include "app/extension_state.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "event/handler.hpp"
#include "http/request_counters.hpp"
#include "http/static/directory.hpp"
#include "runtime_extensions/http_gateway/config.hpp"
#include "runtime_extensions/http_gateway/outgoing_counters.hpp"
#include "runtime_extensions/http_gateway/outgoing_requests.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace hermes::ext::http_gateway {

/// The events that modules answer requests by.
struct AnswerKinds {
  /// `hermes:http-gateway/event#reply`.
  event::EventKind reply;
  /// `wasi:http/incoming-handler#handle`.
  event::EventKind incoming;
};

/// Constant once it is made. Any thread.
class GatewayState final : public app::ExtensionState {
 public:
  /// `config` (nullptr: the file does not mention the application) and `clock` outlive it. The
  /// error names the directory that cannot be served, or the endpoint whose module the application
  /// does not have or that answers no requests.
  static Result<std::unique_ptr<GatewayState>> create(const app::Application& application,
                                                      const ApplicationConfig* config,
                                                      const AnswerKinds& kinds, const Clock& clock);

  [[nodiscard]] const SubscriptionTable& endpoints() const { return config_.endpoints; }
  [[nodiscard]] const AuthRules& auth() const { return config_.auth; }
  [[nodiscard]] const RedirectRules& redirects() const { return config_.redirects; }
  /// Where its requests are counted.
  [[nodiscard]] const std::shared_ptr<http::RequestCounters>& counters() const { return counters_; }
  /// Where the requests that are sent for it are counted.
  [[nodiscard]] const std::shared_ptr<OutgoingCounters>& outgoing() const { return outgoing_; }
  /// Lets the components of the application send requests, where its configuration has rules for
  /// that. Once; what is referred to outlives it.
  Result<void> allow_requests(app::Application& application, http::Client& client,
                              const OutgoingConfig& outgoing, Log& log);
  /// nullptr: it has none.
  [[nodiscard]] const http::StaticDirectory* files() const { return files_.get(); }
  struct Module {
    event::Handler* handler = nullptr;
    /// By `reply`; otherwise by wasi:http. A module with both is asked by `reply`.
    bool replies = false;
  };
  /// Of a subscription of endpoints().
  [[nodiscard]] const Module& module(std::string_view name) const {
    return modules_.find(name)->second;
  }
  /// Whether a module exports `reply`.
  [[nodiscard]] bool replies() const { return replies_; }
  /// The first module that exports wasi:http; nullptr: none does.
  [[nodiscard]] event::Handler* server() const { return server_; }

 private:
  explicit GatewayState(const ApplicationConfig& config) : config_(config) {}

  const ApplicationConfig& config_;
  // Shared with requests: an answer may be sent for longer than its application runs.
  std::shared_ptr<http::RequestCounters> counters_ = std::make_shared<http::RequestCounters>();
  std::shared_ptr<OutgoingCounters> outgoing_ = std::make_shared<OutgoingCounters>();
  std::unique_ptr<OutgoingRequests> requests_;
  std::unique_ptr<http::StaticDirectory> files_;
  std::map<std::string, Module, std::less<>> modules_;
  bool replies_ = false;
  event::Handler* server_ = nullptr;
};

}  // namespace hermes::ext::http_gateway

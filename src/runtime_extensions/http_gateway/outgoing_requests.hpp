// Requests that the components of one application send.
#pragma once

#include "base/log.hpp"
#include "http/client/client.hpp"
#include "runtime_extensions/http_gateway/outgoing_config.hpp"
#include "runtime_extensions/http_gateway/outgoing_counters.hpp"
#include "runtime_extensions/http_gateway/redirect_rules.hpp"
#include "wasm/http_sender.hpp"

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>

namespace hermes::ext::http_gateway {

/// What `wasi:http/outgoing-handler` does: sends what the application's rules allow, within its
/// bounds. Redirects are the component's to follow.
class OutgoingRequests final : public wasm::HttpSender {
 public:
  /// All that is referred to outlives it, and the client's requests. `counters` counts them.
  OutgoingRequests(std::string application, http::Client& client, const OutgoingConfig& config,
                   const RedirectRules& rules, const OutgoingBounds& bounds, Log& log,
                   std::shared_ptr<OutgoingCounters> counters);
  ~OutgoingRequests() override = default;

  void send(wasm::OutgoingHttp request) noexcept override;

  /// Under way.
  [[nodiscard]] std::size_t running() const { return *running_; }

 private:
  void refuse(wasm::OutgoingHttp& request, OutgoingResult result, wasm::HttpError error) noexcept;

  const std::string application_;
  http::Client& client_;
  const OutgoingConfig& config_;
  const RedirectRules& rules_;
  const OutgoingBounds bounds_;
  Log& log_;
  const std::shared_ptr<OutgoingCounters> counters_;
  /// Shared with requests, which may end after the application has.
  std::shared_ptr<std::atomic<std::size_t>> running_ =
      std::make_shared<std::atomic<std::size_t>>(0);
};

}  // namespace hermes::ext::http_gateway

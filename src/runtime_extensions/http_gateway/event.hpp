// The events of the gateway.
#pragma once

#include "runtime_extensions/http_gateway/awaited_event.hpp"
#include "runtime_extensions/http_gateway/guest_headers.hpp"
#include "wit/http_gateway/event.hpp"
#include "wit/http_gateway/event_auth.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace hermes::ext::http_gateway {

/// `reply`. Each request is a source of its own. The first answer counts.
class ReplyEvent final : public AwaitedEvent {
 public:
  /// What it refers to outlives it.
  ReplyEvent(event::WorkerPool& workers, event::EventKind kind, const http::Request& request,
             const GuestHeaders& headers, std::string_view content)
      : AwaitedEvent(workers),
        kind_(kind),
        request_(request),
        headers_(headers),
        content_(content) {}
  ~ReplyEvent() override = default;

  /// Once it is over; none: no module had one.
  [[nodiscard]] std::optional<wit::http_gateway::api::HttpGatewayResponse>& answer() {
    return answer_;
  }

  [[nodiscard]] event::EventKind kind() const override { return kind_; }
  [[nodiscard]] std::string_view event_name() const override { return "reply"; }
  wasm::ExportCall& prepare(const wasm::ExportFunc& function) override;
  void handled(const event::HandlerReport& report) override;

 private:
  event::EventKind kind_;
  const http::Request& request_;
  const GuestHeaders& headers_;
  std::string_view content_;
  std::optional<wit::http_gateway::event::Reply> call_;
  std::optional<wit::http_gateway::api::HttpGatewayResponse> answer_;
};

/// `validate-auth`. Each request is a source of its own. The first decision counts.
class AuthEvent final : public AwaitedEvent {
 public:
  /// What it refers to outlives it.
  AuthEvent(event::WorkerPool& workers, event::EventKind kind, const GuestHeaders& headers,
            const wit::http_gateway::api::AuthLevel& level)
      : AwaitedEvent(workers), kind_(kind), headers_(headers), level_(level) {}
  ~AuthEvent() override = default;

  /// Once it is over; none: no module had one.
  [[nodiscard]] std::optional<wit::http_gateway::api::HttpResponse>& decision() {
    return decision_;
  }

  [[nodiscard]] event::EventKind kind() const override { return kind_; }
  [[nodiscard]] std::string_view event_name() const override { return "validate-auth"; }
  wasm::ExportCall& prepare(const wasm::ExportFunc& function) override;
  void handled(const event::HandlerReport& report) override;

 private:
  event::EventKind kind_;
  const GuestHeaders& headers_;
  wit::http_gateway::api::AuthLevel level_;
  std::optional<wit::http_gateway::event_auth::ValidateAuth> call_;
  std::optional<wit::http_gateway::api::HttpResponse> decision_;
};

}  // namespace hermes::ext::http_gateway

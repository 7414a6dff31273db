#include "runtime_extensions/http_gateway/event.hpp"

#include <span>
#include <utility>

namespace hermes::ext::http_gateway {

wasm::ExportCall& ReplyEvent::prepare(const wasm::ExportFunc&) {
  const auto content = std::as_bytes(std::span(content_));
  return call_.emplace(content, headers_.view(), request_.path_and_query, request_.method);
}

void ReplyEvent::handled(const event::HandlerReport& report) {
  if (report.outcome == event::Outcome::kCompleted && !answer_)
    answer_ = std::move(call_->result());
  call_.reset();
}

wasm::ExportCall& AuthEvent::prepare(const wasm::ExportFunc&) {
  return call_.emplace(
      wit::http_gateway::api::AuthRequestView{.headers = headers_.view(), .auth_level = level_});
}

void AuthEvent::handled(const event::HandlerReport& report) {
  if (report.outcome == event::Outcome::kCompleted && !decision_) {
    decision_ = std::move(call_->result());
  }
  call_.reset();
}

}  // namespace hermes::ext::http_gateway

// A request as the event that a module with wasi:http gets.
#pragma once

#include "event/event.hpp"
#include "runtime_extensions/http_gateway/worker_waker.hpp"
#include "wasm/http_exchange.hpp"
#include "wasm/waker.hpp"

#include <atomic>
#include <optional>
#include <string_view>

namespace hermes::ext::http_gateway {

/// Shared by the queue, until the event is over, and by whoever waits for the answer, who may go
/// earlier. Each request is a source of its own.
class IncomingRequest final : public event::EventPayload, public wasm::RefCounted {
 public:
  static constexpr std::string_view kEventName = "incoming-handler";

  /// `waker` is woken when the event is over.
  static wasm::Ref<IncomingRequest> create(event::EventKind kind,
                                           const wasm::HttpExchange& exchange,
                                           wasm::Ref<WorkerWaker> waker) {
    return wasm::Ref<IncomingRequest>::adopt(new IncomingRequest(kind, exchange, std::move(waker)));
  }

  /// For the queue: a payload that is a reference of its own.
  [[nodiscard]] event::PayloadPtr payload() {
    add_reference();
    return event::PayloadPtr(this);
  }

  /// How it ended; none: it is not over. Any thread.
  [[nodiscard]] std::optional<event::Outcome> outcome() const {
    if (!over_.load(std::memory_order_acquire)) return std::nullopt;
    return outcome_;
  }

  // event::EventPayload
  [[nodiscard]] event::EventKind kind() const override { return kind_; }
  [[nodiscard]] std::string_view event_name() const override { return kEventName; }
  [[nodiscard]] bool withdrawn() override { return handle_->deserted(); }
  wasm::ExportCall& prepare(const wasm::ExportFunc&) override { return *handle_; }
  void handled(const event::HandlerReport&) override {}
  void finished(const event::EventSummary& summary) override;
  void release() noexcept override;

 private:
  IncomingRequest(event::EventKind kind, const wasm::HttpExchange& exchange,
                  wasm::Ref<WorkerWaker> waker)
      : kind_(kind), waker_(std::move(waker)) {
    handle_.emplace(exchange);
  }
  ~IncomingRequest() override = default;

  const event::EventKind kind_;
  /// Until the queue gives the event back.
  std::optional<wasm::HttpHandle> handle_;
  wasm::Ref<WorkerWaker> waker_;
  event::Outcome outcome_{};
  std::atomic<bool> over_{false};
};

}  // namespace hermes::ext::http_gateway

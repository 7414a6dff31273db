#include "runtime_extensions/http_gateway/guest_exchange.hpp"

#include "event/event_queue.hpp"
#include "runtime_extensions/http_gateway/incoming_request.hpp"
#include "runtime_extensions/http_gateway/problems.hpp"
#include "runtime_extensions/http_gateway/worker_waker.hpp"
#include "wasm/http_exchange.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

using event::Outcome;
using http::Response;
using wasm::HttpExchange;

std::string_view text(const wasm::HttpChunk& chunk) {
  return {reinterpret_cast<const char*>(chunk.bytes().data()), chunk.bytes().size()};
}

wasm::HttpAbort abort_for(http::ContentError error) {
  switch (error) {
    case http::ContentError::kTooLarge:
      return wasm::HttpAbort::kTooLarge;
    case http::ContentError::kTimeout:
      return wasm::HttpAbort::kTimeout;
    case http::ContentError::kMalformed:
    case http::ContentError::kOverloaded:
    case http::ContentError::kClosed:
      break;
  }
  return wasm::HttpAbort::kTerminated;
}

/// The exchange, from the request to the end of the answer, whose content it is. Lives on the
/// worker of the connection.
class GuestExchange final : public http::ContentSource,
                            private http::RequestListener,
                            private WorkerWaker::Target {
 public:
  static Result<std::unique_ptr<GuestExchange>> create(event::WorkerPool& workers,
                                                       http::Request& request) {
    std::unique_ptr<GuestExchange> made(new GuestExchange(workers, request));
    std::vector<wasm::HttpField> fields;
    fields.reserve(request.fields.size());
    for (const http::Field& each : request.fields) fields.push_back({each.name, each.value});
    const wasm::HttpRequestHead head{.method = request.method,
                                     .scheme = request.secure ? "https" : "http",
                                     .authority = request.authority,
                                     .path_with_query = request.path_and_query,
                                     .fields = fields};
    const auto waker = wasm::Waker::share(made->waker_.get());
    auto exchange = HttpExchange::create(head, {}, waker, waker);
    if (!exchange) return std::unexpected(std::move(exchange).error());
    made->exchange_.emplace(std::move(*exchange));
    return made;
  }

  ~GuestExchange() override {
    request_.listener = nullptr;
    waker_->forget_target();
    // An event that has not started sees that it is deserted; one that has is stopped.
    exchange_.reset();
    if (application_ != nullptr && !complete_) application_->queue().withdraw(*event_);
  }

  /// Puts the request into the queue; none: it is there.
  std::optional<event::Refusal> push(event::EventKind kind,
                                     const std::shared_ptr<app::Application>& application,
                                     event::Handler& module) {
    event_ = IncomingRequest::create(kind, *exchange_, waker_);
    const event::PushResult pushed =
        application->queue().push({.payload = event_->payload(), .only = &module});
    if (!pushed) return pushed.error();
    application_ = application;
    return std::nullopt;
  }

  /// From now on the content of the request goes to the guest.
  void begin_content() {
    request_.listener = this;
    content_open_ = request_.has_content;
    if (!content_open_) finish_content();
    push_content();
  }

  /// Waits until something has changed.
  http::Awaitable<void> change() {
    return http::suspend([this](auto go_on) { go_on_ = std::move(go_on); });
  }

  /// There is nobody to answer, or the server does it.
  [[nodiscard]] bool is_cut_off() const { return cut_off_; }
  [[nodiscard]] HttpExchange& exchange() { return *exchange_; }
  [[nodiscard]] std::optional<Outcome> outcome() const { return event_->outcome(); }

  /// Takes a piece of content, to look at it before next() gives it out. At most two.
  HttpExchange::Poll take_ahead() {
    return exchange_->take(text(ahead_[0]).empty() ? ahead_[0] : ahead_[1]);
  }
  /// The first of them, which next() does not give out then.
  wasm::HttpChunk take_back() { return std::exchange(ahead_[0], wasm::HttpChunk()); }
  /// Nobody waits for the content, but the guest goes on.
  void set_complete() { complete_ = true; }

  // http::ContentSource
  http::Awaitable<Chunk> next() override {
    for (wasm::HttpChunk& each : ahead_) {
      if (text(each).empty()) continue;
      chunk_ = std::exchange(each, wasm::HttpChunk());
      co_return Chunk{.bytes = text(chunk_)};
    }
    for (;;) {
      if (cut_off_) co_return broken_off();
      switch (exchange_->take(chunk_)) {
        case HttpExchange::Poll::kReady:
          co_return Chunk{.bytes = text(chunk_)};
        case HttpExchange::Poll::kEnd:
          complete_ = true;
          co_return Chunk{};
        case HttpExchange::Poll::kFailed:
          co_return broken_off();
        case HttpExchange::Poll::kPending:
          break;
      }
      co_await change();
    }
  }
  [[nodiscard]] std::string trailers() override { return http::field_lines(exchange_->trailers()); }

 private:
  GuestExchange(event::WorkerPool& workers, http::Request& request)
      : request_(request), waker_(WorkerWaker::create(workers, *this)) {}

  static Chunk broken_off() { return {.bytes = {}, .failed = true}; }

  /// Moves what has come of the content, as far as the guest has room.
  void push_content() {
    while (content_open_) {
      const std::span<std::byte> room = exchange_->body_room();
      // The waker comes when there is some.
      if (room.empty()) return;
      const auto polled =
          request_.content->poll({reinterpret_cast<char*>(room.data()), room.size()});
      if (!polled) {
        content_open_ = false;
        exchange_->abort_body(abort_for(polled.error()));
        cut_off();
        return;
      }
      if (polled->state == http::PolledContent::State::kPending) return;
      if (polled->state == http::PolledContent::State::kOver) {
        content_open_ = false;
        finish_content();
        return;
      }
      exchange_->commit_body(polled->bytes);
    }
  }

  void finish_content() {
    std::vector<wasm::HttpField> trailers;
    if (request_.has_content) {
      for (const auto& [name, value] : request_.content->trailers()) {
        trailers.push_back({name, value});
      }
    }
    // The server let fields through that the guest's side does not take: it is told nothing then.
    if (!exchange_->finish_body(trailers)) static_cast<void>(exchange_->finish_body());
  }

  void cut_off() {
    cut_off_ = true;
    waker_->wake();
  }

  // http::RequestListener
  void content_ready() override { push_content(); }
  void client_gone() override { cut_off(); }

  // WorkerWaker::Target
  void woken() override {
    push_content();
    // Its application may go while the client still reads what it has written.
    if (application_ != nullptr && event_->outcome()) application_.reset();
    if (auto go_on = std::exchange(go_on_, nullptr)) go_on();
  }

  http::Request& request_;
  wasm::Ref<WorkerWaker> waker_;
  std::optional<HttpExchange> exchange_;
  wasm::Ref<IncomingRequest> event_;
  /// Until the event is over.
  std::shared_ptr<app::Application> application_;
  bool content_open_ = false;
  bool cut_off_ = false;
  bool complete_ = false;
  std::array<wasm::HttpChunk, 2> ahead_;
  /// What was given out last.
  wasm::HttpChunk chunk_;
  std::move_only_function<void()> go_on_;
};

/// Why there is no answer.
http::Awaitable<Response> why_failed(const GuestExchangeParts& parts, const http::Request& request,
                                     GuestExchange& exchange) {
  const std::optional<wasm::HttpFailure> failure = exchange.exchange().failure();
  if (failure && failure->kind == wasm::HttpFailure::Kind::kGuest) {
    parts.log.warn("http: {} {} ({}): {}", request.method, request.path_and_query,
                   request.application, failure->message);
    co_return problem(502, "the module has answered with an error", request);
  }
  // The queue knows more, and is about to say it.
  while (!exchange.outcome() && !exchange.is_cut_off()) co_await exchange.change();
  co_return without_answer(exchange.outcome().value_or(Outcome::kRefused), request);
}

/// The guest's head as an answer without content; none: it is not one that can be sent. `length` is
/// what the guest says of the content.
std::optional<Response> from_head(const HttpExchange& exchange,
                                  std::optional<std::uint64_t>& length) {
  const unsigned status = exchange.status();
  if (!http::is_final_status(status)) return std::nullopt;
  Response response(status);
  for (const wasm::HttpField& each : exchange.fields()) {
    if (each.name == "content-length") {
      length = http::parse_length(each.value);
      if (!length) return std::nullopt;
      continue;
    }
    if (!response.add(each.name, each.value)) return std::nullopt;
  }
  return response;
}

void add_length(Response& response, std::optional<std::uint64_t> length) {
  if (length) response.add_lines_with_length(fmt::format("Content-Length: {}\r\n", *length));
}

}  // namespace

http::Awaitable<Response> answer_by_guest(const GuestExchangeParts& parts, http::Request& request,
                                          const std::shared_ptr<app::Application>& application,
                                          event::Handler& module) {
  auto made = GuestExchange::create(parts.workers, request);
  if (!made) co_return problem(400, made.error().message, request);
  std::unique_ptr<GuestExchange> exchange = std::move(*made);
  if (request.has_content) co_await request.content->invite();
  if (const auto refusal = exchange->push(parts.kind, application, module)) {
    co_return refused(*refusal, request);
  }
  exchange->begin_content();

  HttpExchange::Poll head = exchange->exchange().poll_head();
  while (head == HttpExchange::Poll::kPending && !exchange->is_cut_off()) {
    co_await exchange->change();
    head = exchange->exchange().poll_head();
  }
  // The server knows better what to say, if there still is somebody.
  if (exchange->is_cut_off()) co_return come_again("the request was not received", request);
  if (head == HttpExchange::Poll::kFailed) {
    Response response = co_await why_failed(parts, request, *exchange);
    co_return response;
  }

  std::optional<std::uint64_t> length;
  std::optional<Response> response = from_head(exchange->exchange(), length);
  if (!response) co_return not_an_answer(request);
  if (request.method == "HEAD" || http::never_has_content(response->status())) {
    if (request.method == "HEAD") add_length(*response, length);
    exchange->set_complete();
    co_return std::move(*response);
  }
  switch (exchange->take_ahead()) {
    case HttpExchange::Poll::kFailed: {
      // Nothing was sent yet.
      Response failed = co_await why_failed(parts, request, *exchange);
      co_return failed;
    }
    case HttpExchange::Poll::kEnd:
      exchange->set_complete();
      co_return std::move(*response);
    case HttpExchange::Poll::kReady: {
      // Content that is complete goes with its head.
      const bool whole = exchange->take_ahead() == HttpExchange::Poll::kEnd;
      if (whole && exchange->exchange().trailers().empty()) {
        exchange->set_complete();
        auto kept = std::make_shared<wasm::HttpChunk>(exchange->take_back());
        const std::string_view bytes = text(*kept);
        response->set_content(http::SharedContent{.owner = std::move(kept), .bytes = bytes});
        co_return std::move(*response);
      }
      break;
    }
    case HttpExchange::Poll::kPending:
      break;
  }
  add_length(*response, length);
  response->set_content(std::unique_ptr<http::ContentSource>(std::move(exchange)));
  co_return std::move(*response);
}

}  // namespace hermes::ext::http_gateway

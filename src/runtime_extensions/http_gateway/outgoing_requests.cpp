#include "runtime_extensions/http_gateway/outgoing_requests.hpp"

#include "runtime_extensions/http_gateway/redirect.hpp"
#include "runtime_extensions/http_gateway/shown.hpp"
#include "runtime_extensions/http_gateway/url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

using http::ClientFailure;
using wasm::HttpError;
using wasm::HttpField;

HttpError error_of(ClientFailure failure, bool head_came) {
  switch (failure) {
    case ClientFailure::kName:
      return HttpError::kDns;
    case ClientFailure::kNameTimeout:
      return HttpError::kDnsTimeout;
    case ClientFailure::kAddressRefused:
      return HttpError::kDestinationIpProhibited;
    case ClientFailure::kUnreachable:
      return HttpError::kDestinationUnavailable;
    case ClientFailure::kConnectionRefused:
      return HttpError::kConnectionRefused;
    case ClientFailure::kConnectionTimeout:
      return HttpError::kConnectionTimeout;
    case ClientFailure::kConnectionLost:
      return head_came ? HttpError::kResponseIncomplete : HttpError::kConnectionTerminated;
    case ClientFailure::kFirstByteTimeout:
    case ClientFailure::kBetweenBytesTimeout:
    case ClientFailure::kTotalTimeout:
      return HttpError::kConnectionReadTimeout;
    case ClientFailure::kTlsProtocol:
      return HttpError::kTlsProtocol;
    case ClientFailure::kTlsCertificate:
      return HttpError::kTlsCertificate;
    case ClientFailure::kProtocol:
    case ClientFailure::kBodyBroken:
      return HttpError::kProtocol;
    case ClientFailure::kHeadTooLarge:
      return HttpError::kResponseHeaderSectionSize;
    case ClientFailure::kContentTooLarge:
      return HttpError::kResponseBodySize;
    case ClientFailure::kBodyTooLarge:
      return HttpError::kRequestBodySize;
    case ClientFailure::kTooMany:
      return HttpError::kConnectionLimitReached;
    case ClientFailure::kCancelled:
      return HttpError::kConnectionTerminated;
    case ClientFailure::kNone:
    case ClientFailure::kInternal:
      break;
  }
  return HttpError::kInternal;
}

/// Resumes the transfer of a request when its guest has gone on.
class TransferWaker final : public wasm::WakeTarget {
 public:
  static wasm::Ref<TransferWaker> create() {
    return wasm::Ref<TransferWaker>::adopt(new TransferWaker());
  }

  void wake() noexcept override {
    std::shared_ptr<http::Transfer> transfer;
    {
      const std::lock_guard lock(mutex_);
      woken_ = true;
      transfer = transfer_.lock();
    }
    if (transfer != nullptr) transfer->resume();
  }

  void set(const std::shared_ptr<http::Transfer>& transfer) {
    bool woken = false;
    {
      const std::lock_guard lock(mutex_);
      transfer_ = transfer;
      woken = woken_;
    }
    if (woken) transfer->resume();
  }

 private:
  ~TransferWaker() override = default;
  std::mutex mutex_;
  std::weak_ptr<http::Transfer> transfer_;
  bool woken_ = false;
};

std::vector<HttpField> views_of(std::span<const http::Field> fields) {
  std::vector<HttpField> views;
  views.reserve(fields.size());
  for (const http::Field& each : fields) views.push_back({each.name, each.value});
  return views;
}

/// Between a guest and the client.
class GuestTransfer final : public http::TransferHandler {
 public:
  GuestTransfer(wasm::OutgoingHttp request, std::shared_ptr<std::atomic<std::size_t>> running,
                std::shared_ptr<OutgoingCounters> counters)
      : request_(std::move(request)),
        running_(std::move(running)),
        counters_(std::move(counters)) {}
  ~GuestTransfer() override { running_->fetch_sub(1); }

  Body read_body(std::span<char> into) override {
    while (rest_.empty()) {
      switch (request_.take(chunk_)) {
        case wasm::OutgoingHttp::Poll::kPending:
          return {.state = Body::State::kLater};
        case wasm::OutgoingHttp::Poll::kReady:
          rest_ = chunk_.bytes();
          break;
        case wasm::OutgoingHttp::Poll::kEnd:
          return {.state = Body::State::kEnd};
        case wasm::OutgoingHttp::Poll::kFailed:
          return {.state = Body::State::kBroken};
      }
    }
    const std::size_t count = std::min(into.size(), rest_.size());
    std::memcpy(into.data(), rest_.data(), count);
    rest_ = rest_.subspan(count);
    return {.state = Body::State::kSome, .bytes = count};
  }

  std::vector<http::ClientField> body_trailers() override {
    std::vector<http::ClientField> trailers;
    for (const HttpField& each : request_.trailers()) {
      trailers.push_back({std::string(each.name), std::string(each.value)});
    }
    return trailers;
  }

  void on_head(unsigned status, std::span<const http::Field> fields) override {
    const std::vector<HttpField> views = views_of(fields);
    const auto responded = request_.respond(static_cast<std::uint16_t>(status), views);
    if (responded) {
      head_came_ = true;
      counters_->add(OutgoingKind::kComponent, OutgoingResult::kAnswered);
    } else {
      request_.fail(HttpError::kProtocol);
    }
  }
  std::size_t on_content(std::string_view bytes) override {
    return request_.push(std::as_bytes(std::span(bytes)));
  }
  void on_trailers(std::span<const http::Field> fields) override {
    const std::vector<HttpField> views = views_of(fields);
    // What is no HTTP is left out, as by clients that know no trailers.
    if (request_.finish(views)) finished_ = true;
  }
  void on_end(ClientFailure failure) override {
    if (!head_came_) counters_->add(OutgoingKind::kComponent, OutgoingResult::kFailed);
    if (failure != ClientFailure::kNone) {
      request_.fail(error_of(failure, head_came_), describe(failure));
    } else if (!finished_) {
      // Without trailers there is nothing to refuse.
      static_cast<void>(request_.finish());
    }
  }
  [[nodiscard]] bool wanted() override { return !request_.deserted(); }

 private:
  wasm::OutgoingHttp request_;
  std::shared_ptr<std::atomic<std::size_t>> running_;
  std::shared_ptr<OutgoingCounters> counters_;
  wasm::HttpChunk chunk_;
  /// Of `chunk_`.
  std::span<const std::byte> rest_;
  bool head_came_ = false;
  bool finished_ = false;
};

/// The length that a guest says its body has. Wasmtime holds it to that.
std::optional<std::uint64_t> length_of(const wasm::OutgoingHead& head) {
  for (const HttpField& each : head.fields) {
    if (each.name != "content-length") continue;
    return http::parse_length(each.value);
  }
  return std::nullopt;
}

void shorten(Duration& time, const std::optional<std::chrono::nanoseconds>& wanted) {
  if (wanted) time = std::clamp<Duration>(*wanted, std::chrono::milliseconds{1}, time);
}

http::ClientRequest request_for(const wasm::OutgoingHead& head, const Url& url,
                                const RedirectGrant& grant, const OutgoingConfig& config) {
  http::ClientRequest result;
  result.method = head.method;
  result.url = url.to_string();
  for (const HttpField& each : head.fields) {
    result.fields.push_back({std::string(each.name), std::string(each.value)});
  }
  result.has_body = head.has_body;
  if (head.has_body) result.body_bytes = length_of(head);
  result.limits = transfer_limits(config);
  // The call's deadline bounds all of it.
  result.limits.total_time = Duration::zero();
  shorten(result.limits.connect_time, head.connect_time);
  shorten(result.limits.first_byte_time, head.first_byte_time);
  shorten(result.limits.between_bytes_time, head.between_bytes_time);
  result.may_connect = address_check(grant);
  return result;
}

}  // namespace

OutgoingRequests::OutgoingRequests(std::string application, http::Client& client,
                                   const OutgoingConfig& config, const RedirectRules& rules,
                                   const OutgoingBounds& bounds, Log& log,
                                   std::shared_ptr<OutgoingCounters> counters)
    : application_(std::move(application)),
      client_(client),
      config_(config),
      rules_(rules),
      bounds_(bounds),
      log_(log),
      counters_(std::move(counters)) {}

void OutgoingRequests::refuse(wasm::OutgoingHttp& request, OutgoingResult result,
                              HttpError error) noexcept {
  counters_->add(OutgoingKind::kComponent, result);
  request.fail(error);
}

void OutgoingRequests::send(wasm::OutgoingHttp request) noexcept {
  const wasm::OutgoingHead head = request.head();
  if (head.method == "CONNECT") {
    return refuse(request, OutgoingResult::kDenied, HttpError::kRequestMethodInvalid);
  }
  const std::string text =
      fmt::format("{}://{}{}", head.scheme, head.authority, head.path_with_query);
  const auto url = Url::parse(text);
  if (!url) {
    log_.warn("http: {} may not send a request: {}", application_, url.error().message);
    return refuse(request, OutgoingResult::kDenied, HttpError::kRequestUriInvalid);
  }
  const auto grant = rules_.check(*url);
  if (!grant) {
    log_.warn("http: {} may not send a request: {}", application_, grant.error().message);
    return refuse(request, OutgoingResult::kDenied, HttpError::kRequestDenied);
  }
  if (running_->fetch_add(1) >= bounds_.max_requests) {
    running_->fetch_sub(1);
    return refuse(request, OutgoingResult::kFailed, HttpError::kConnectionLimitReached);
  }
  http::ClientRequest wanted = request_for(head, *url, *grant, config_);
  const auto waker = TransferWaker::create();
  request.watch(wasm::Waker::share(waker.get()));
  waker->set(client_.send(
      std::move(wanted), std::make_shared<GuestTransfer>(std::move(request), running_, counters_)));
}

}  // namespace hermes::ext::http_gateway

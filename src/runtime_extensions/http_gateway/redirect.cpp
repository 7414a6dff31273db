#include "runtime_extensions/http_gateway/redirect.hpp"

#include "base/text.hpp"
#include "http/client/awaited_answer.hpp"
#include "runtime_extensions/http_gateway/ascii.hpp"
#include "runtime_extensions/http_gateway/problems.hpp"
#include "runtime_extensions/http_gateway/shown.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace hermes::ext::http_gateway {
namespace {

using http::AwaitedAnswer;
using http::ClientFailure;
using http::Response;

/// Bytes of an answer that are held for a client that is slower than the other side.
constexpr std::size_t kWindowBytes = std::size_t{256} * 1024;

/// Of the client's request: what chooses among representations and their parts.
constexpr std::array<std::string_view, 11> kForwarded = {
    "accept",   "accept-encoding", "accept-language",     "cache-control",
    "if-match", "if-none-match",   "if-modified-since",   "if-range",
    "range",    "user-agent",      "if-unmodified-since",
};
constexpr std::array<std::string_view, 2> kCredentials = {"authorization", "cookie"};

/// Of the answer: what another site says about itself, and must not say about this one.
constexpr std::array<std::string_view, 4> kOfTheSite = {
    "alt-svc", "clear-site-data", "proxy-authenticate", "strict-transport-security"};

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

http::ClientRequest request_for(const http::Request& request, const Url& url,
                                const RedirectGrant& grant, const http::TransferLimits& limits) {
  http::ClientRequest result;
  result.method = request.method == "HEAD" ? "HEAD" : "GET";
  result.url = url.to_string();
  const bool with_credentials = grant.credentials == Credentials::kForwarded;
  for (const http::Field& each : request.fields) {
    if (is_one_of(kForwarded, each.name) ||
        (with_credentials && is_one_of(kCredentials, each.name))) {
      result.fields.push_back({std::string(each.name), std::string(each.value)});
    }
  }
  result.fields.push_back({"traceparent", request.trace.to_string()});
  result.fields.push_back({"x-request-id", std::string(request.id.text())});
  result.limits = limits;
  result.may_connect = address_check(grant);
  return result;
}

/// Where an answer leads, if it is a redirect (RFC 9110 section 15.4).
const std::string* location_of(const AwaitedAnswer::Head& head) {
  switch (head.status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return head.field("location");
    default:
      return nullptr;
  }
}

/// Gives an answer up when the client that it is for goes.
class ClientWatch final : private http::RequestListener {
 public:
  ClientWatch(http::Request& request, std::shared_ptr<AwaitedAnswer> answer)
      : request_(request), answer_(std::move(answer)) {
    request_.listener = this;
  }
  ~ClientWatch() { request_.listener = nullptr; }
  ClientWatch(const ClientWatch&) = delete;
  ClientWatch& operator=(const ClientWatch&) = delete;

 private:
  // http::RequestListener
  void content_ready() override {}
  void client_gone() override { answer_->leave(); }

  http::Request& request_;
  std::shared_ptr<AwaitedAnswer> answer_;
};

/// The answer while it comes.
class RedirectContent final : public http::ContentSource {
 public:
  RedirectContent(http::Request& request, std::shared_ptr<AwaitedAnswer> answer, Log& log,
                  std::string url)
      : answer_(std::move(answer)), watch_(request, answer_), log_(log), url_(std::move(url)) {}
  /// Not all of it may have been wanted.
  ~RedirectContent() override { answer_->leave(); }

  http::Awaitable<Chunk> next() override {
    const auto part = co_await answer_->next();
    if (!part) {
      log_.warn("http: the answer of {} broke off: {}", shown(url_), describe(part.error()));
      co_return Chunk{.bytes = {}, .failed = true};
    }
    co_return Chunk{.bytes = *part};
  }
  [[nodiscard]] std::string trailers() override { return http::field_lines(answer_->trailers()); }

 private:
  std::shared_ptr<AwaitedAnswer> answer_;
  ClientWatch watch_;
  Log& log_;
  std::string url_;
};

/// Names that the Connection fields list belong to the connection, too (RFC 9110 section 7.6.1).
bool is_of_the_connection(const AwaitedAnswer::Head& head, std::string_view name) {
  for (const http::ClientField& each : head.fields) {
    if (each.name != "connection") continue;
    std::string_view rest = each.value;
    while (!rest.empty()) {
      const std::size_t comma = std::min(rest.find(','), rest.size());
      std::string_view option = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      while (option.starts_with(' ') || option.starts_with('\t')) option.remove_prefix(1);
      while (option.ends_with(' ') || option.ends_with('\t')) option.remove_suffix(1);
      if (equals_ignoring_case(option, name)) return true;
    }
  }
  return false;
}

/// Nothing: it has a field that no answer may have.
std::optional<Response> response_for(const AwaitedAnswer::Head& head, const RedirectGrant& grant) {
  if (!http::is_final_status(head.status)) return std::nullopt;
  Response response(head.status);
  const std::string* length = nullptr;
  for (const http::ClientField& each : head.fields) {
    if (each.name == "content-length") length = &each.value;
    // A cookie would be this application's.
    if (each.name == "set-cookie" && grant.credentials != Credentials::kForwarded) continue;
    if (is_one_of(kOfTheSite, each.name) || is_of_the_connection(head, each.name)) continue;
    if (!response.add(each.name, each.value)) return std::nullopt;
  }
  if (length != nullptr && !http::never_has_content(head.status)) {
    response.add_lines_with_length(fmt::format("Content-Length: {}\r\n", *length));
  }
  return response;
}

Response failed(const http::Request& request, ClientFailure failure) {
  if (failure == ClientFailure::kTooMany) return come_again(describe(failure), request);
  return problem(is_timeout(failure) ? 504 : 502,
                 fmt::format("the redirect of the module: {}", describe(failure)), request);
}

}  // namespace

http::TransferLimits transfer_limits(const OutgoingConfig& config) {
  return {.connect_time = config.connect_time,
          .first_byte_time = config.first_byte_time,
          .between_bytes_time = config.between_bytes_time,
          .total_time = config.total_time,
          .max_content_bytes = config.max_answer_bytes,
          .max_body_bytes = config.max_body_bytes};
}

std::function<bool(const boost::asio::ip::address&)> address_check(const RedirectGrant& grant) {
  return [grant](const boost::asio::ip::address& address) {
    return allowed_address(grant, address.is_v4() ? IpAddress::v4(address.to_v4().to_bytes())
                                                  : IpAddress::v6(address.to_v6().to_bytes()));
  };
}

http::Awaitable<Response> follow_redirect(RedirectParts parts, http::Request& request,
                                          std::string text) {
  auto url = Url::parse(text);
  const SteadyTime began = parts.workers.clock().steady();
  const std::string application = request.application;
  const auto count = [&parts](OutgoingResult result) {
    parts.counters.add(OutgoingKind::kRedirect, result);
  };
  for (int hop = 0; hop <= kMaxRedirectHops; ++hop) {
    const auto grant =
        url ? parts.rules.check(*url) : Result<RedirectGrant>(std::unexpected(url.error()));
    if (!grant) {
      count(OutgoingResult::kDenied);
      parts.log.warn("http: a redirect of {} leads nowhere: {}", application,
                     grant.error().message);
      co_return problem(502,
                        hop == 0 ? "the redirect of the module is not allowed"
                                 : "the redirect of the module leads to one that is not allowed",
                        request);
    }
    // All hops together have the time of one.
    http::TransferLimits limits = transfer_limits(parts.config);
    limits.total_time -= parts.workers.clock().steady() - began;
    limits.first_byte_time -= parts.workers.clock().steady() - began;
    if (limits.total_time <= Duration::zero() || limits.first_byte_time <= Duration::zero()) {
      count(OutgoingResult::kFailed);
      co_return failed(request, ClientFailure::kTotalTimeout);
    }
    http::ClientRequest wanted = request_for(request, *url, *grant, limits);
    boost::asio::io_context& here = parts.workers.io(parts.workers.current());
    const std::shared_ptr<AwaitedAnswer> answer =
        AwaitedAnswer::send(parts.client, std::move(wanted), here, kWindowBytes);
    std::optional<ClientWatch> watch(std::in_place, request, answer);
    const auto head = co_await answer->head();
    watch.reset();
    count(head ? OutgoingResult::kAnswered : OutgoingResult::kFailed);
    if (!head) {
      parts.log.warn("http: a redirect of {} to {} failed: {}", application,
                     shown(url->to_string()), describe(head.error()));
      co_return failed(request, head.error());
    }
    const std::string* const location = location_of(**head);
    if (location == nullptr) {
      std::optional<Response> response = response_for(**head, *grant);
      if (!response) {
        answer->leave();
        co_return problem(502, "the redirect of the module leads to what is no answer", request);
      }
      response->set_content(
          std::make_unique<RedirectContent>(request, answer, parts.log, url->to_string()));
      co_return std::move(*response);
    }
    answer->leave();
    url = url->resolve(*location);
  }
  parts.log.warn("http: a redirect of {} to {} goes on and on", application, shown(text));
  co_return problem(502, "the redirect of the module leads to too many others", request);
}

}  // namespace hermes::ext::http_gateway

#include "runtime_extensions/http_gateway/gateway.hpp"

#include "http/static/answer.hpp"
#include "runtime_extensions/http_gateway/blocking_await.hpp"
#include "runtime_extensions/http_gateway/event.hpp"
#include "runtime_extensions/http_gateway/guest_exchange.hpp"
#include "runtime_extensions/http_gateway/host_name.hpp"
#include "runtime_extensions/http_gateway/problems.hpp"
#include "runtime_extensions/http_gateway/redirect.hpp"
#include "runtime_extensions/http_gateway/route.hpp"

#include <fmt/format.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace hermes::ext::http_gateway {
namespace {

namespace api = wit::http_gateway::api;
using event::Outcome;
using http::Response;

constexpr unsigned kOk = 200;

/// What a module has answered, if it is one.
std::optional<Response> from_guest(api::HttpResponse&& answer) {
  if (!http::is_final_status(answer.code)) return std::nullopt;
  Response response(answer.code);
  for (const auto& [name, values] : answer.headers) {
    for (const std::string& value : values) {
      if (!response.add(name, value)) return std::nullopt;
    }
  }
  response.set_content(std::move(answer.body));
  return response;
}

std::string joined(const http::Request& request, std::string_view name) {
  std::string all;
  for (const http::Field& each : request.fields) {
    if (each.name != name) continue;
    if (!all.empty()) all += ", ";
    all += each.value;
  }
  return all;
}

Response from_file(const http::StaticAnswer& answer, const http::Request& request,
                   std::string_view allow) {
  if (answer.status >= 400) {
    const bool method = answer.status == 404 && !allow.empty();
    Response response =
        problem(method ? 405 : answer.status,
                answer.status >= 500 ? "the file cannot be read" : answer.reason, request);
    if (method) {
      response.add("Allow", allow);
    } else {
      response.add_lines(answer.headers->text());
    }
    return response;
  }
  Response response(answer.status);
  response.add_lines_with_length(answer.headers->text());
  if (const auto* memory = std::get_if<http::MemoryBody>(&answer.body)) {
    response.set_content(http::SharedContent{memory->owner, memory->bytes});
  } else if (const auto* file = std::get_if<http::FileBody>(&answer.body)) {
    response.set_content(
        http::FileContent{file->file, file->file->descriptor(), file->offset, file->length});
  }
  return response;
}

}  // namespace

http::Awaitable<Response> Gateway::handle(http::Request& request) {
  if (request.path_and_query == "*") co_return Response(204);
  const auto host = HostName::parse(request.authority);
  if (!host) co_return problem(400, describe(host.error()), request);
  const auto name = parts_.hosts.application(*host);
  if (!name) co_return problem(404, "no application has this host name", request);
  const std::shared_ptr<app::Application> application = parts_.find_application(*name);
  if (application == nullptr) {
    co_return problem(404, fmt::format("there is no application {} here", *name), request);
  }
  request.application = application->name();
  // While it is put together another thread writes its states.
  const bool loading = application->phase() == app::Phase::kLoading;
  GatewayState* const state = loading ? nullptr : application->states().find(parts_.slot);
  if (state != nullptr) request.counters = state->counters();
  if (application->phase() != app::Phase::kReady || state == nullptr) {
    co_return come_again(fmt::format("the application is {}", app::to_string(application->phase())),
                         request);
  }
  const auto path = RequestPath::parse(request.path_and_query);
  if (!path) {
    co_return problem(path.error() == PathFault::kTooLong ? 414 : 400, describe(path.error()),
                      request);
  }
  const Target target{application, *state, *path};
  Response response = co_await answer(request, target);
  co_return response;
}

http::Awaitable<Response> Gateway::answer(http::Request& request, const Target& target) {
  std::optional<GuestHeaders> headers;
  const AuthLevel level = target.state.auth().level(request.method, target.path);
  if (level != AuthLevel::kNone) {
    headers.emplace(request);
    std::optional<Response> stopped = co_await authorise(request, target, *headers);
    if (stopped) co_return std::move(*stopped);
  }
  const Route route = http_gateway::route(target.state.endpoints(), request.method, target.path,
                                          request.field("content-type"));
  event::Handler* only = nullptr;
  event::Handler* server = target.state.server();
  switch (route.kind) {
    case RouteKind::kStatic: {
      if (server != nullptr && target.state.files() == nullptr && route.allow.empty()) break;
      Response response = co_await send_file(request, target, route.allow);
      // What is no file may still be a page of the module.
      const bool no_file = response.status() == 404 || response.status() == 405;
      if (server != nullptr && no_file && route.allow.empty()) break;
      co_return response;
    }
    case RouteKind::kMethodNotAllowed: {
      Response response = problem(405, "no endpoint with this path takes this method", request);
      response.add("Allow", route.allow);
      co_return response;
    }
    case RouteKind::kUnsupportedMediaType:
      co_return problem(415, "no endpoint with this path takes this media type", request);
    case RouteKind::kSubscription: {
      const GatewayState::Module& module = target.state.module(route.subscription->module);
      only = module.handler;
      server = module.replies ? nullptr : module.handler;
      break;
    }
    case RouteKind::kReply:
      if (target.state.replies()) server = nullptr;
      break;
  }
  if (server != nullptr) {
    Response response = co_await serve(request, target, *server);
    co_return response;
  }
  if (!headers) headers.emplace(request);
  Response response = co_await reply(request, target, *headers, only);
  co_return response;
}

http::Awaitable<std::optional<Response>> Gateway::authorise(http::Request& request,
                                                            const Target& target,
                                                            const GuestHeaders& headers) {
  const AuthLevel level = target.state.auth().level(request.method, target.path);
  api::AuthLevel asked{api::AuthLevel::Optional{}};
  if (level == AuthLevel::kRequired) asked.value = api::AuthLevel::Required{};
  AuthEvent auth(parts_.workers, parts_.validate_auth, headers, asked);
  const auto over = co_await auth.deliver(target.application->queue(), nullptr);
  const auto unauthorised = [&] {
    return problem(401, "the application has not let this request pass", request);
  };
  if (!over) {
    const bool nobody = over.error().reason == event::RefusalReason::kNoHandler;
    if (!nobody) co_return refused(over.error(), request);
    if (level == AuthLevel::kOptional) co_return std::nullopt;
    co_return unauthorised();
  }
  if (over->outcome != Outcome::kCompleted) co_return without_answer(over->outcome, request);
  if (!auth.decision()) {
    if (level == AuthLevel::kOptional) co_return std::nullopt;
    co_return unauthorised();
  }
  if (auth.decision()->code == kOk) co_return std::nullopt;
  std::optional<Response> response = from_guest(std::move(*auth.decision()));
  if (!response) co_return not_an_answer(request);
  co_return response;
}

http::Awaitable<Response> Gateway::reply(http::Request& request, const Target& target,
                                         const GuestHeaders& headers, event::Handler* only) {
  std::string_view content;
  if (request.has_content) {
    const auto all = co_await request.content->all(parts_.max_content_bytes);
    // The server says why.
    if (!all) co_return problem(400, "the content did not come", request);
    content = *all;
  }
  ReplyEvent reply(parts_.workers, parts_.reply, request, headers, content);
  const auto over = co_await reply.deliver(target.application->queue(), only);
  if (!over) co_return refused(over.error(), request);
  if (!reply.answer()) co_return without_answer(over->outcome, request);
  if (auto* http = std::get_if<api::HttpGatewayResponse::Http>(&reply.answer()->value)) {
    std::optional<Response> response = from_guest(std::move(http->value));
    if (!response) co_return not_an_answer(request);
    co_return std::move(*response);
  }
  auto& redirect = std::get<api::HttpGatewayResponse::InternalRedirect>(reply.answer()->value);
  const RedirectParts parts{.client = parts_.client,
                            .config = parts_.outgoing,
                            .rules = target.state.redirects(),
                            .workers = parts_.workers,
                            .log = parts_.log,
                            .counters = *target.state.outgoing()};
  std::string url = std::move(redirect.value);
  Response response = co_await follow_redirect(parts, request, url);
  co_return response;
}

http::Awaitable<Response> Gateway::serve(http::Request& request, const Target& target,
                                         event::Handler& module) {
  const GuestExchangeParts parts{
      .workers = parts_.workers, .kind = parts_.incoming, .log = parts_.log};
  std::shared_ptr<app::Application> application = target.application;
  Response response = co_await answer_by_guest(parts, request, application, module);
  co_return response;
}

http::Awaitable<Response> Gateway::send_file(http::Request& request, const Target& target,
                                             std::string_view allow) {
  const http::StaticDirectory* files = target.state.files();
  if (files == nullptr) {
    Response response = problem(allow.empty() ? 404 : 405,
                                allow.empty() ? "the application has no files"
                                              : "no endpoint with this path takes this method",
                                request);
    if (!allow.empty()) response.add("Allow", allow);
    co_return response;
  }
  const std::string accept_encoding = joined(request, "accept-encoding");
  const std::string if_match = joined(request, "if-match");
  const std::string if_none_match = joined(request, "if-none-match");
  const http::StaticRequest wanted{
      .method = request.method,
      .path = target.path.raw(),
      .query = target.path.query(),
      .conditions = {.if_match = if_match,
                     .if_none_match = if_none_match,
                     .if_modified_since = request.field("if-modified-since"),
                     .if_unmodified_since = request.field("if-unmodified-since"),
                     .if_range = request.field("if-range")},
      .range = request.field("range"),
      .accept_encoding = accept_encoding};
  auto first = http::answer(*files, wanted);
  if (auto* later = std::get_if<http::AnswerLater>(&first)) {
    std::optional<http::StaticAnswer> read;
    BlockingCall call(parts_.workers, parts_.files,
                      [&] { read = http::read_and_answer(*files, wanted, *later); });
    co_await call.wait();
    first = std::move(*read);
  }
  const http::StaticAnswer& answer = std::get<http::StaticAnswer>(first);
  if (answer.status >= 500) {
    parts_.log.error("http: {}: {}", request.path_and_query, answer.reason);
  }
  co_return from_file(answer, request, allow);
}

}  // namespace hermes::ext::http_gateway

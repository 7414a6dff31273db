/// Requests and answers of `hermes:http-gateway`, described in
/// `wit/deps/http-gateway/http-gateway.wit`.
#pragma once

#include "hermes/bindings.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace hermes::http {

/// The string type of the world.
using BindingText = decltype(hermes_http_gateway_api_header_t{}.f0);

/// A request, read in place: valid during the call.
class Request {
 public:
  Request(std::string_view method, std::string_view path_and_query, std::string_view body,
          const hermes_http_gateway_api_headers_t& headers)
      : method_(method), path_and_query_(path_and_query), body_(body), headers_(headers) {}

  std::string_view method() const { return method_; }
  /// As it was sent, with its query: "/api/items?page=2".
  std::string_view path_and_query() const { return path_and_query_; }
  std::string_view path() const { return path_and_query_.substr(0, path_and_query_.find('?')); }
  /// Without the question mark; empty when there is none.
  std::string_view query() const {
    const std::size_t mark = path_and_query_.find('?');
    return mark == std::string_view::npos ? std::string_view() : path_and_query_.substr(mark + 1);
  }
  std::string_view body() const { return body_; }

  /// The first value of the field with this name, which is in lower case.
  std::optional<std::string_view> header(std::string_view name) const {
    for (std::size_t i = 0; i < headers_.len; ++i) {
      if (view(headers_.ptr[i].f0) == name && headers_.ptr[i].f1.len > 0) {
        return view(headers_.ptr[i].f1.ptr[0]);
      }
    }
    return std::nullopt;
  }

  /// Calls `function(name, value)` with each.
  template <class Function>
  void each_header(Function&& function) const {
    for (std::size_t i = 0; i < headers_.len; ++i) {
      const auto& values = headers_.ptr[i].f1;
      for (std::size_t j = 0; j < values.len; ++j) {
        function(view(headers_.ptr[i].f0), view(values.ptr[j]));
      }
    }
  }

 private:
  std::string_view method_;
  std::string_view path_and_query_;
  std::string_view body_;
  const hermes_http_gateway_api_headers_t& headers_;
};

/// An answer.
struct Response {
  std::uint16_t status = 200;
  std::string body = {};
  /// Each name once.
  std::vector<std::pair<std::string, std::string>> headers = {};
};

/// The gateway fetches what is at this URL and hands it on, where the application may.
struct Redirect {
  std::string url;
};

using Answer = std::variant<Response, Redirect>;

/// What the application's configuration asks for where a request goes.
enum class AuthLevel { required, optional, none };

/// A plain answer in the form that the bindings take and free.
inline hermes_http_gateway_api_http_response_t give_response(const Response& response) {
  hermes_http_gateway_api_http_response_t given{};
  given.code = response.status;
  given.body = give<decltype(given.body)>(response.body);
  auto& headers = given.headers;
  if (response.headers.empty()) return given;
  headers.ptr = static_cast<hermes_http_gateway_api_header_t*>(
      std::calloc(response.headers.size(), sizeof *headers.ptr));
  if (headers.ptr == nullptr) std::abort();
  for (const auto& [name, value] : response.headers) {
    hermes_http_gateway_api_header_t& header = headers.ptr[headers.len++];
    header.f0 = give<BindingText>(name);
    header.f1.ptr = static_cast<BindingText*>(std::calloc(1, sizeof(BindingText)));
    if (header.f1.ptr == nullptr) std::abort();
    header.f1.len = 1;
    *header.f1.ptr = give<BindingText>(value);
  }
  return given;
}

/// An answer in the form that the bindings take and free.
inline hermes_http_gateway_api_http_gateway_response_t give_answer(const Answer& answer) {
  hermes_http_gateway_api_http_gateway_response_t given{};
  if (const auto* redirect = std::get_if<Redirect>(&answer)) {
    given.tag = HERMES_HTTP_GATEWAY_API_HTTP_GATEWAY_RESPONSE_INTERNAL_REDIRECT;
    given.val.internal_redirect = give<BindingText>(redirect->url);
    return given;
  }
  given.tag = HERMES_HTTP_GATEWAY_API_HTTP_GATEWAY_RESPONSE_HTTP;
  given.val.http = give_response(std::get<Response>(answer));
  return given;
}

}  // namespace hermes::http

/// Handles the event of `hermes:http-gateway`. Include it in a component whose world exports
/// `hermes:http-gateway/event`, and define the function.
#pragma once

#include "hermes/http.hpp"

#include <optional>

namespace hermes {

/// Defined by the component: runs with each request that the gateway gives to modules. Nothing
/// leaves the request to the other modules of the application.
std::optional<http::Answer> on_reply(const http::Request& request);

}  // namespace hermes

extern "C" [[gnu::used]] inline bool exports_hermes_http_gateway_event_reply(
    exports_hermes_http_gateway_event_bstr_t* body,
    exports_hermes_http_gateway_event_headers_t* headers, hermes::http::BindingText* path,
    hermes::http::BindingText* method,
    exports_hermes_http_gateway_event_http_gateway_response_t* answer) {
  const hermes::Owned<exports_hermes_http_gateway_event_bstr_t,
                      exports_hermes_http_gateway_event_bstr_free>
      owned_body(*body);
  const hermes::Owned<exports_hermes_http_gateway_event_headers_t,
                      exports_hermes_http_gateway_event_headers_free>
      owned_headers(*headers);
  const hermes::OwnedText owned_path(*path);
  const hermes::OwnedText owned_method(*method);
  const std::optional<hermes::http::Answer> given = hermes::on_reply(
      {owned_method.view(), owned_path.view(), hermes::view(*owned_body), *owned_headers});
  if (given) *answer = hermes::http::give_answer(*given);
  return given.has_value();
}

/// Handles the event of `hermes:http-gateway` that asks who may. Include it in a component whose
/// world exports `hermes:http-gateway/event-auth`, and define the function.
#pragma once

#include "hermes/http.hpp"

#include <optional>

namespace hermes {

/// Defined by the component: decides on a request, of which there are only the fields. Status 200
/// lets it go on, any other answers it; nothing leaves the decision to other modules.
std::optional<http::Response> on_validate_auth(const http::Request& request, http::AuthLevel level);

}  // namespace hermes

extern "C" [[gnu::used]] inline bool exports_hermes_http_gateway_event_auth_validate_auth(
    exports_hermes_http_gateway_event_auth_auth_request_t* request,
    exports_hermes_http_gateway_event_auth_http_response_t* response) {
  const hermes::Owned<exports_hermes_http_gateway_event_auth_auth_request_t,
                      exports_hermes_http_gateway_event_auth_auth_request_free>
      owned(*request);
  // The cases have the numbers of the bindings.
  const auto level = static_cast<hermes::http::AuthLevel>(owned->auth_level.tag);
  const std::optional<hermes::http::Response> given =
      hermes::on_validate_auth({"", "", "", owned->headers}, level);
  if (given) *response = hermes::http::give_response(*given);
  return given.has_value();
}

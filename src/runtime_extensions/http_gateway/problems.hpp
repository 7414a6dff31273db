// What a client is told when there is no answer for it.
#pragma once

#include "event/outcome.hpp"
#include "event/push.hpp"
#include "http/request.hpp"
#include "http/response.hpp"

#include <string_view>

namespace hermes::ext::http_gateway {

/// http::problem with the id of `request`.
[[nodiscard]] http::Response problem(unsigned status, std::string_view detail,
                                     const http::Request& request);
/// 503 with Retry-After.
[[nodiscard]] http::Response come_again(std::string_view detail, const http::Request& request);
/// Why an event was not accepted.
[[nodiscard]] http::Response refused(const event::Refusal& refusal, const http::Request& request);
/// How an event ended that has no answer.
[[nodiscard]] http::Response without_answer(event::Outcome outcome, const http::Request& request);
/// A module has answered what cannot be sent.
[[nodiscard]] http::Response not_an_answer(const http::Request& request);

}  // namespace hermes::ext::http_gateway

// Requests that the server answers itself, because it does not take them.
#pragma once

#include "http/request.hpp"
#include "http/response.hpp"

#include <string_view>

namespace hermes::http {

/// Why a request is not taken: the answer's status, and a sentence for its sender.
struct Refusal {
  unsigned status = 0;
  std::string_view detail;
};

/// What a client is told whose content did not come, unless it is gone.
[[nodiscard]] Refusal refusal_of(ContentError error);

/// The answer that says so.
[[nodiscard]] Response to_response(const Refusal& refusal, std::string_view request_id);

}  // namespace hermes::http
